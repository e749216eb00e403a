#include "sim/synthetic.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <variant>

#include "base/text.h"
#include "sim/framing.h"

namespace mk::sim {

/// Long stretches that bodies and attachments are cut from, at any even offset, around the end if need be.
struct SyntheticItems::Pools {
  ByteString text, noise, documents;  // UTF-16LE words; random bytes; the same for every seed
};

namespace {

constexpr std::size_t kTextPool = 1 << 20, kNoisePool = 4 << 20;
constexpr std::uint64_t kDocuments = 500;  // that mailboxes share
constexpr std::uint64_t kMaxBodyBytes = 20'000;
constexpr std::uint64_t kDay = 864'000'000'000ULL;
constexpr const char* kWords[] = {"report", "meeting", "budget",   "invoice",  "the",      "and",
                                  "please", "for",     "contract", "review",   "week",     "with",
                                  "update", "project", "team",     "from",     "delivery", "note",
                                  "before", "Monday",  "plan",     "customer", "about",    "after"};

class Random {  // splitmix64
 public:
  explicit Random(std::uint64_t seed) : state_(seed) {}
  std::uint64_t next() {
    std::uint64_t z = (state_ += 0x9E3779B97F4A7C15ULL);
    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9ULL;
    z = (z ^ (z >> 27)) * 0x94D049BB133111EBULL;
    return z ^ (z >> 31);
  }
  std::uint64_t below(std::uint64_t n) { return next() % n; }
  const char* word() { return kWords[below(std::size(kWords))]; }

 private:
  std::uint64_t state_;
};

/// What one item is made of.
struct Recipe {
  std::string subject, sender, address, to, message_id;
  ByteString search_key;
  FileTime time;
  std::uint64_t body_bytes = 0, body_from = 0, attachment_bytes = 0, attachment_from = 0, attachment_mask = 0;
  bool read = false, shared = false;  // shared: the attachment is a document
};

Recipe recipe_of(const SyntheticSpec& spec, std::uint64_t index) {
  Random r(spec.seed * 1'000'003 + index);
  Recipe out;
  out.subject = fmt::format("{} {} {} {}", r.word(), r.word(), r.word(), index);
  const std::uint64_t who = r.below(500);
  out.sender = fmt::format("Sender {}", who);
  out.address = fmt::format("sender{}@example.test", who);
  out.to = fmt::format("Receiver {}", r.below(500));
  out.message_id = fmt::format("<{:016x}.{}@example.test>", r.next(), index);
  out.search_key = le_bytes(r.next()) + le_bytes(index);
  out.time = {133'170'048'000'000'000ULL + r.below(1000 * kDay)};  // some time from 2023 on
  out.read = r.below(4) != 0;
  const std::uint64_t dice = r.below(100), tenths = dice < 50 ? 1 : dice < 75 ? 5 : dice < 90 ? 15 : 60;
  const std::uint64_t middle = spec.mean_bytes * tenths / 10,
                      size = middle / 2 + r.below(std::max<std::uint64_t>(1, middle));
  constexpr std::uint64_t kProperties = 1'500;  // what an item without content takes
  const std::uint64_t content = size > kProperties ? size - kProperties : 64;
  out.body_bytes = std::min(content, kMaxBodyBytes) / 2 * 2;
  out.attachment_bytes = content > kMaxBodyBytes ? content - kMaxBodyBytes : 0;
  out.body_from = r.below(kTextPool / 2) * 2;
  out.attachment_from = r.below(kNoisePool);
  out.attachment_mask = r.next();
  if (out.attachment_bytes > 0 && r.below(100) < spec.shared_percent) {
    Random document(r.below(kDocuments));
    out.shared = true;
    out.attachment_bytes = spec.mean_bytes + document.below(4 * spec.mean_bytes);
    out.attachment_from = document.below(kNoisePool);
    out.attachment_mask = document.next();
  }
  return out;
}

/// Elements of a FastTransfer stream.  [MS-OXCFXICS] 2.2.4.1
class Elements {
 public:
  ByteString bytes;
  void marker(std::uint32_t m) { append_le(bytes, m); }
  void integer(std::uint16_t id, std::uint32_t v) { tag(id, 0x0003), append_le(bytes, v); }
  void boolean(std::uint16_t id, bool v) { tag(id, 0x000B), append_le(bytes, static_cast<std::uint16_t>(v)); }
  void time(std::uint16_t id, FileTime t) { tag(id, 0x0040), append_le(bytes, t.ticks); }
  void binary(std::uint16_t id, std::string_view v) { binary_head(id, v.size()), bytes += v; }
  void text(std::uint16_t id, std::string_view utf8) {
    const ByteString v = utf16_from_utf8(utf8);
    text_head(id, v.size() + 2);
    bytes += v;
    bytes.append(2, '\0');
  }
  /// The value itself comes from elsewhere; `n` counts its terminating NUL.
  void text_head(std::uint16_t id, std::uint64_t n) {
    tag(id, 0x84B0), append_le(bytes, static_cast<std::uint32_t>(n));
  }
  void binary_head(std::uint16_t id, std::uint64_t n) {
    tag(id, 0x0102), append_le(bytes, static_cast<std::uint32_t>(n));
  }

 private:
  void tag(std::uint16_t id, std::uint16_t type) { append_le(bytes, std::uint32_t{id} << 16 | type); }
};

ByteString before_body(const Recipe& r) {
  Elements e;
  e.integer(0x0017, 1);
  e.text(0x001A, "IPM.Note");
  e.integer(0x0036, 0);
  e.text(0x0037, r.subject);
  e.time(0x0039, r.time);
  e.text(0x003D, "");
  e.text(0x0042, r.sender);
  e.text(0x0064, "SMTP");
  e.text(0x0065, r.address);
  e.text(0x0070, r.subject);
  e.text(0x0C1A, r.sender);
  e.text(0x0C1E, "SMTP");
  e.text(0x0C1F, r.address);
  e.text(0x0E04, r.to);
  e.time(0x0E06, r.time);
  e.integer(0x0E07, (r.read ? 1U : 0U) | (r.attachment_bytes > 0 ? 0x10U : 0U));
  e.text(0x0E1D, r.subject);
  e.text_head(0x1000, r.body_bytes + 2);
  return std::move(e.bytes);
}

ByteString after_body(const Recipe& r) {
  Elements e;
  e.bytes.append(2, '\0');  // ends the body
  e.text(0x1035, r.message_id);
  e.time(0x3007, r.time);
  e.time(0x3008, r.time);
  e.binary(0x300B, r.search_key);
  e.integer(0x3FDE, 65001);
  e.integer(0x3FFD, 1252);
  e.integer(0x4016, 0x0E12000D);  // MetaTagFXDelProp: recipients
  e.marker(0x40030003);
  e.integer(0x3000, 0);
  e.integer(0x0C15, 1);
  e.text(0x3001, r.to);
  e.text(0x3002, "SMTP");
  e.text(0x3003, "receiver@example.test");
  e.marker(0x40040003);
  e.integer(0x4016, 0x0E13000D);  // attachments
  if (r.attachment_bytes == 0) return std::move(e.bytes);
  e.marker(0x40000003);
  e.integer(0x0E21, 0);
  e.integer(0x3705, 1);
  e.text(0x3707, "data.bin");
  e.integer(0x370B, 0xFFFFFFFF);
  e.binary_head(0x3701, r.attachment_bytes);
  return std::move(e.bytes);
}

/// Bytes of their own, or a stretch of a pool.
struct Part {
  ByteString own;
  const ByteString* pool = nullptr;
  std::uint64_t from = 0, length = 0;
  std::uint64_t mask = 0;  // what each eight bytes are XORed with
};

/// Puts parts into records: own bytes are never split, stretches are.
class Plan {
 public:
  Plan() { parts_.push_back(own(header_records(15, 0, 1497))); }
  void small(ByteString bytes) {
    if (room() < bytes.size()) close();
    used_ += bytes.size();
    open_.push_back(own(std::move(bytes)));
  }
  void stretch(const ByteString& pool, std::uint64_t from, std::uint64_t length, std::uint64_t mask) {
    while (length > 0) {
      if (room() == 0) close();
      const std::uint64_t n = std::min<std::uint64_t>(room(), length);
      open_.push_back({{}, &pool, from, n, mask});
      used_ += n, from += n, length -= n;
    }
  }
  std::vector<Part> finish() {
    close();
    return std::move(parts_);
  }

 private:
  static Part own(ByteString bytes) {
    const auto n = bytes.size();
    return {std::move(bytes), nullptr, 0, n, 0};
  }
  std::size_t room() const { return kBufferBytes - used_; }
  void close() {
    if (used_ == 0) return;
    parts_.push_back(own(buffer_head(used_)));
    std::move(open_.begin(), open_.end(), std::back_inserter(parts_));
    open_.clear();
    used_ = 0;
  }
  std::vector<Part> parts_, open_;
  std::size_t used_ = 0;
};

std::vector<Part> plan_of(const Recipe& r, const SyntheticItems::Pools& pools) {
  Plan plan;
  plan.small(before_body(r));
  plan.stretch(pools.text, r.body_from, r.body_bytes, 0);
  plan.small(after_body(r));
  if (r.attachment_bytes > 0) {
    plan.stretch(r.shared ? pools.documents : pools.noise, r.attachment_from, r.attachment_bytes,
                 r.attachment_mask);
    ByteString end;
    append_le(end, std::uint32_t{0x400E0003});  // EndAttach
    plan.small(std::move(end));
  }
  return plan.finish();
}

void apply(std::uint64_t mask, std::uint64_t at, std::span<std::byte> bytes) {
  for (std::byte& b : bytes) b ^= static_cast<std::byte>(mask >> (at++ % 8 * 8));
}

class PlanSource final : public ByteSource {
 public:
  PlanSource(std::vector<Part> parts, std::shared_ptr<const SyntheticItems::Pools> pools)
      : parts_(std::move(parts)), pools_(std::move(pools)) {}

  void skip(std::uint64_t n) {
    while (index_ < parts_.size() && n >= parts_[index_].length - at_) {
      n -= parts_[index_].length - at_;
      ++index_, at_ = 0;
    }
    at_ += n;
  }

  Result<std::size_t> read(std::span<std::byte> out) override {
    std::size_t done = 0;
    while (done < out.size() && index_ < parts_.size()) {
      const Part& p = parts_[index_];
      std::size_t n = std::min<std::uint64_t>(out.size() - done, p.length - at_);
      const ByteString& bytes = p.pool != nullptr ? *p.pool : p.own;
      const std::size_t from = (p.from + at_) % bytes.size();
      n = std::min(n, bytes.size() - from);
      std::memcpy(out.data() + done, bytes.data() + from, n);
      if (p.mask != 0) apply(p.mask, p.from + at_, out.subspan(done, n));
      done += n;
      skip(n);
    }
    return done;
  }

 private:
  std::vector<Part> parts_;
  std::shared_ptr<const SyntheticItems::Pools> pools_;
  std::size_t index_ = 0;
  std::uint64_t at_ = 0;
};

class SyntheticBlob final : public Blob {
 public:
  SyntheticBlob(const SyntheticSpec& spec, std::uint64_t index,
                std::shared_ptr<const SyntheticItems::Pools> pools)
      : spec_(spec), index_(index), pools_(std::move(pools)) {
    for (const auto& p : plan_of(recipe_of(spec_, index_), *pools_)) size_ += p.length;
  }
  std::uint64_t size() const override { return size_; }
  Result<std::unique_ptr<ByteSource>> open(std::uint64_t offset) const override {
    auto source = std::make_unique<PlanSource>(plan_of(recipe_of(spec_, index_), *pools_), pools_);
    source->skip(offset);
    return std::unique_ptr<ByteSource>(std::move(source));
  }

 private:
  SyntheticSpec spec_;
  std::uint64_t index_, size_ = 0;
  std::shared_ptr<const SyntheticItems::Pools> pools_;
};

ByteString noise(Random r) {
  ByteString bytes;
  while (bytes.size() < kNoisePool) append_le(bytes, r.next());
  return bytes;
}

std::shared_ptr<const SyntheticItems::Pools> make_pools(std::uint64_t seed) {
  auto pools = std::make_shared<SyntheticItems::Pools>();
  Random r(seed);
  std::string text;
  while (text.size() < kTextPool / 2) text += fmt::format("{}{}", r.word(), r.below(12) == 0 ? ".\r\n" : " ");
  text.resize(kTextPool / 2);
  pools->text = utf16_from_utf8(text);
  pools->noise = noise(r);
  pools->documents = noise(Random(0));
  return pools;
}

}  // namespace

Result<SyntheticSpec> parse_synthetic(std::string_view text) {
  SyntheticSpec spec;
  std::uint64_t* const fields[] = {&spec.items, &spec.mean_bytes, &spec.seed, &spec.folders,
                                   &spec.shared_percent};
  std::size_t n = 0;
  for (std::string_view rest = text; !rest.empty() && n < std::size(fields); ++n) {
    const auto colon = std::min(rest.find(':'), rest.size());
    const auto [end, error] = std::from_chars(rest.data(), rest.data() + colon, *fields[n]);
    if (error != std::errc{} || end != rest.data() + colon) break;
    rest.remove_prefix(std::min(colon + 1, rest.size()));
    if (rest.empty() && n >= 2 && spec.folders > 0 && spec.mean_bytes > 0 && spec.shared_percent <= 100)
      return spec;
  }
  return Error{Code::kInvalid,
               fmt::format("synthetic:{}: it is synthetic:N:MEANBYTES:SEED[:FOLDERS[:SHARED]]", text)};
}

SyntheticItems::SyntheticItems(const SyntheticSpec& spec) : spec_(spec), pools_(make_pools(spec.seed)) {}

ItemFacts SyntheticItems::facts(std::uint64_t index) const {
  Recipe r = recipe_of(spec_, index);
  ItemFacts f;
  f.subject = std::move(r.subject);
  f.sender_name = std::move(r.sender);
  f.sender_address = std::move(r.address);
  f.display_to = std::move(r.to);
  f.internet_message_id = std::move(r.message_id);
  f.search_key = std::move(r.search_key);
  f.received = f.sent = f.created = f.modified = r.time;
  f.has_attachments = r.attachment_bytes > 0;
  f.named_complete = true;
  f.flags = (r.read ? 1 : 0) | (f.has_attachments ? 0x10 : 0);
  return f;
}

BlobPtr SyntheticItems::bytes(std::uint64_t index) const {
  return std::make_shared<SyntheticBlob>(spec_, index, pools_);
}

LoadReport load_synthetic(Mailbox& mailbox, const SyntheticSpec& spec) {
  const SyntheticItems items(spec);
  std::vector<std::uint64_t> folders{mailbox.well_known("inbox")->number};
  while (folders.size() < spec.folders)
    folders.push_back(mailbox
                          .add_folder(mailbox.well_known("msgfolderroot")->number,
                                      fmt::format("Folder {:02}", folders.size()), "IPF.Note")
                          .number);
  for (std::uint64_t i = 0; i < spec.items; ++i)
    mailbox.add_item(folders[i % folders.size()], false, items.bytes(i), items.facts(i));
  return {folders.size(), spec.items, 0};
}

}  // namespace mk::sim
