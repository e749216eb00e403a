#include "synthetic_items.h"

#include <fmt/format.h>

#include "model/tags.h"

namespace mk::bench {
namespace {

namespace pid = model::pid;

constexpr std::uint64_t kLargeBytes = 10'000'000;
constexpr std::uint64_t kMorning = 133500000000000000;  // a FILETIME of 2024

/// Minimal standard generator: the same numbers on every machine.
class Random {
 public:
  explicit Random(std::uint64_t seed) : state_(seed * 2654435761 % 2147483646 + 1) {}
  std::uint64_t next(std::uint64_t below) {
    state_ = state_ * 48271 % 2147483647;
    return state_ % below;
  }

 private:
  std::uint64_t state_;
};

std::string text(Random& random, std::size_t bytes) {
  static constexpr std::string_view kWords[] = {"the ",      "report ", "meeting ",   "of ",
                                                "tomorrow ", "please ", "send ",      "budget ",
                                                "and ",      "team ",   "review\r\n", "plan "};
  std::string out;
  out.reserve(bytes + 16);
  while (out.size() < bytes) out += kWords[random.next(std::size(kWords))];
  return out;
}

model::PropertyList person(Random& random, int role) {
  model::PropertyList out;
  const std::string name = fmt::format("Person {}", random.next(500));
  out.set_integer32(pid::kRecipientType, role);
  out.set_text(pid::kDisplayName, name);
  out.set_text(pid::kAddressType, "SMTP");
  out.set_text(pid::kEmailAddress, fmt::format("person{}@example.test", random.next(500)));
  return out;
}

void add_envelope(model::PropertyList& list, Random& random, std::uint64_t n) {
  const FileTime when{kMorning + n * 600000000};
  list.set_text(pid::kMessageClass, "IPM.Note");
  list.set_text(pid::kSubject, fmt::format("{}Item {} of the year", n % 3 == 0 ? "RE: " : "", n));
  list.set_text(pid::kConversationTopic, fmt::format("Item {} of the year", n));
  for (const auto id :
       {pid::kClientSubmitTime, pid::kMessageDeliveryTime, pid::kCreationTime, pid::kLastModificationTime})
    list.set_time(id, when);
  for (const auto id : {pid::kSentRepresentingName, pid::kSenderName})
    list.set_text(id, fmt::format("Person {}", random.next(500)));
  for (const auto id : {pid::kSentRepresentingEmailAddress, pid::kSenderEmailAddress})
    list.set_text(id, fmt::format("person{}@example.test", random.next(500)));
  for (const auto id : {pid::kSentRepresentingAddressType, pid::kSenderAddressType})
    list.set_text(id, "SMTP");
  list.set_text(pid::kDisplayTo, "Person 1; Person 2");
  list.set_text(pid::kInternetMessageId, fmt::format("<{}.{}@example.test>", n, random.next(1000000)));
  list.set_binary(pid::kSearchKey, fmt::format("{:016}", n));
  list.set_integer32(pid::kImportance, 1);
  list.set_integer32(pid::kMessageFlags, 1);
  list.add({model::PropTag(0x8000, model::PropType::kBoolean), model::lid_name(model::pset::kCommon, 0x8506),
            model::Value::of_bytes(ByteString(2, '\0')), false});
}

model::Attachment attachment(Random& random, int n) {
  model::Attachment out;
  out.properties.set_text(pid::kAttachFilename, fmt::format("report{}.txt", n));
  out.properties.set_text(pid::kDisplayName, fmt::format("report{}.txt", n));
  out.properties.set_binary(pid::kAttachDataBinary, text(random, 25'000 + random.next(4'000)));
  return out;
}

/// Counts up in steps of eight bytes; nobody has to keep it.
class CountingBlob final : public Blob {
 public:
  explicit CountingBlob(std::uint64_t size) : size_(size) {}
  std::uint64_t size() const override { return size_; }
  Result<std::unique_ptr<ByteSource>> open(std::uint64_t offset) const override {
    return std::unique_ptr<ByteSource>(new Source(offset, size_));
  }

 private:
  struct Source final : ByteSource {
    Source(std::uint64_t from, std::uint64_t to) : at(from), end(to) {}
    Result<std::size_t> read(std::span<std::byte> out) override {
      const std::size_t n = std::min<std::uint64_t>(out.size(), end - at);
      for (std::size_t i = 0; i < n; ++i) out[i] = static_cast<std::byte>((at + i) >> 3);
      at += n;
      return n;
    }
    std::uint64_t at, end;
  };
  std::uint64_t size_;
};

model::Attachment counting_attachment(Random& random, int n, std::uint64_t bytes) {
  model::Attachment out = attachment(random, n);
  model::Value value =
      bytes > 0 ? model::Value::of_blob(std::make_shared<CountingBlob>(bytes)) : model::Value();
  out.properties.set(
      {model::PropTag(pid::kAttachDataBinary, model::PropType::kBinary), {}, std::move(value), false});
  return out;
}

}  // namespace

model::Item huge_item(std::uint64_t bytes) {
  model::Item item = synthetic_item(Shape::kSmall, 0);
  Random random(1);
  item.attachments.push_back(counting_attachment(random, 0, bytes));
  item.attachments.push_back(counting_attachment(random, 1, 0));
  return item;
}

std::optional<Shape> parse_shape(std::string_view name) {
  if (name == "small") return Shape::kSmall;
  if (name == "medium") return Shape::kMedium;
  if (name == "attachments") return Shape::kAttachments;
  if (name == "large") return Shape::kLarge;
  return {};
}

model::Item synthetic_item(Shape shape, std::uint64_t n) {
  Random random(n + 1);
  model::Item item;
  add_envelope(item.properties, random, n);
  for (int i = 0; i < 2; ++i) item.recipients.push_back(person(random, 1 + i));
  item.properties.set_text(pid::kBody, text(random, 700 + random.next(2'000)));
  if (shape != Shape::kSmall) item.properties.set_text(pid::kTransportMessageHeaders, text(random, 1'200));
  if (shape == Shape::kMedium) item.properties.set_binary(pid::kBodyHtml, text(random, 20'000));
  if (shape == Shape::kAttachments)
    for (int i = 0; i < 2; ++i) item.attachments.push_back(attachment(random, i));
  if (shape == Shape::kLarge) item.attachments.push_back(counting_attachment(random, 0, kLargeBytes));
  return item;
}

}  // namespace mk::bench
