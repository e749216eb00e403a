#include "mime/write_headers.h"

#include <algorithm>
#include <array>

#include "base/text.h"
#include "mime/address.h"
#include "mime/charset.h"
#include "mime/date.h"
#include "mime/header.h"
#include "model/tags.h"

namespace mk::mime {
namespace {

namespace pid = model::pid;
constexpr std::uint16_t kReadReceiptRequested = 0x0029, kReplyRecipientEntries = 0x004F;

/// Fields that are made from properties, or that tell of a structure which we make anew.
constexpr std::array<std::string_view, 19> kOwn = {"From",
                                                   "Sender",
                                                   "To",
                                                   "Cc",
                                                   "Bcc",
                                                   "Reply-To",
                                                   "Date",
                                                   "Subject",
                                                   "Message-ID",
                                                   "In-Reply-To",
                                                   "References",
                                                   "Importance",
                                                   "Sensitivity",
                                                   "Thread-Topic",
                                                   "Thread-Index",
                                                   "X-Unsent",
                                                   "Keywords",
                                                   "MIME-Version",
                                                   "Disposition-Notification-To"};

bool is_own(std::string_view name) {
  return same_name(name.substr(0, 8), "Content-") ||
         std::ranges::any_of(kOwn, [&](std::string_view own) { return same_name(own, name); });
}

/// A value that stood in a header before: already encoded where it is ASCII.
std::string as_it_was(std::string_view value) {
  std::size_t word = 0, longest = 0;
  for (const char c : value) longest = std::max(longest, word = c == ' ' ? 0 : word + 1);
  return is_ascii(value) && longest < 900 ? std::string(value) : encode_text(value);
}

class HeaderWriter {
 public:
  explicit HeaderWriter(const model::Item& item)
      : item_(item),
        list_(item.properties),
        transport_(split_headers(list_.get_text(pid::kTransportMessageHeaders).value_or(""))) {}

  std::string write() {
    for (const HeaderLine& h : transport_)
      if (!is_own(h.name) && !h.value.empty()) append_header(out_, h.name, as_it_was(h.value));
    people();
    date();
    add("Subject", encode_text(subject_of(list_)));
    add("Message-ID", ids(pid::kInternetMessageId));
    add("In-Reply-To", ids(pid::kInReplyToId));
    add("References", ids(pid::kInternetReferences));
    thread();
    marks();
    append_header(out_, "MIME-Version", "1.0");
    return std::move(out_);
  }

 private:
  /// Adds a field, from the transport headers when there is no value; nothing when they have none either.
  void add(std::string_view name, const std::string& value) {
    const HeaderLine* kept = value.empty() ? find_header(transport_, name) : nullptr;
    if (kept != nullptr && !kept->value.empty())
      append_header(out_, name, as_it_was(kept->value));
    else if (!value.empty())
      append_header(out_, name, value);
  }

  void people() {
    const Address sender = address_of(list_, kSender);
    const Address from = address_of(list_, kRepresenting);
    // Somebody whose own address is missing is the sender, when the names do not say otherwise.
    const bool same = from.email.empty() && (from.name.empty() || from.name == sender.name);
    const Address& author = same ? sender : from;
    add("From", author.empty() ? "" : format_address(author));
    if (!sender.empty() && sender.email != author.email)
      append_header(out_, "Sender", format_address(sender));
    add("To", recipients(1));
    add("Cc", recipients(2));
    add("Bcc", recipients(3));
    add("Reply-To",
        joined(parse_flat_entry_list(as_bytes(list_.get_binary(kReplyRecipientEntries).value_or("")))));
    if (list_.get_integer(kReadReceiptRequested).value_or(0) != 0 && !author.email.empty())
      append_header(out_, "Disposition-Notification-To", format_address(author));
  }

  static std::string joined(const std::vector<Address>& addresses) {
    std::string out;
    for (const Address& a : addresses)
      if (!a.empty()) out += (out.empty() ? "" : ", ") + format_address(a);
    return out;
  }
  std::string recipients(int type) const {
    std::vector<Address> found;
    for (const model::PropertyList& r : item_.recipients)
      if ((r.get_integer(pid::kRecipientType).value_or(1) & 0x0F) == type)
        found.push_back(address_of(r, kRecipient));
    return joined(found);
  }

  /// The date as the sender wrote it, with his zone, when it is the same moment.
  void date() {
    std::optional<FileTime> t = list_.get_time(pid::kClientSubmitTime);
    if (!t) t = list_.get_time(pid::kMessageDeliveryTime);
    if (!t) t = list_.get_time(pid::kCreationTime);
    const HeaderLine* kept = find_header(transport_, "Date");
    const auto moment = kept != nullptr && kept->value.size() < 60 ? parse_date(kept->value) : std::nullopt;
    const bool same = t && moment && t->ticks / 10'000'000 == moment->ticks / 10'000'000;
    add("Date", t && !same ? format_date(*t) : "");
  }

  /// Message ids hold no spaces of their own and are never encoded.
  std::string ids(std::uint16_t id) const {
    std::string s = one_line(list_.get_text(id).value_or(""));
    std::erase_if(s, [](char c) { return static_cast<unsigned char>(c) >= 0x7F; });
    while (s.starts_with(' ')) s.erase(0, 1);
    while (s.ends_with(' ')) s.pop_back();
    return s.substr(0, 100'000);
  }

  void thread() {
    add("Thread-Topic", encode_text(list_.get_text(pid::kConversationTopic).value_or("")));
    const ByteString index = list_.get_binary(pid::kConversationIndex).value_or("");
    std::string text = to_base64(as_bytes(index.substr(0, 3000)));
    for (std::size_t at = 70; at < text.size(); at += 71) text.insert(at, " ");  // so that it can be folded
    add("Thread-Index", text);
  }

  void marks() {
    static constexpr std::array kSensitivities{"", "Personal", "Private", "Company-Confidential"};
    const auto importance = list_.get_integer(pid::kImportance).value_or(1);
    const auto sensitivity = list_.get_integer(pid::kSensitivity).value_or(0);
    if (importance == 0 || importance == 2)
      append_header(out_, "Importance", importance == 0 ? "low" : "high");
    if (sensitivity > 0 && sensitivity < 4)
      append_header(out_, "Sensitivity", kSensitivities[static_cast<std::size_t>(sensitivity)]);
    if ((list_.get_integer(pid::kMessageFlags).value_or(0) & model::kFlagUnsent) != 0)
      append_header(out_, "X-Unsent", "1");
    std::string keywords;
    if (const auto* p = list_.find(model::string_name(model::pset::kPublicStrings, "Keywords")); p != nullptr)
      if (p->tag.element_type() == model::PropType::kString)
        for (const ByteString& word : p->value.elements())
          keywords += (keywords.empty() ? "" : ", ") + encode_phrase(utf8_from_utf16(as_bytes(word)));
    add("Keywords", keywords);
  }

  const model::Item& item_;
  const model::PropertyList& list_;
  std::vector<HeaderLine> transport_;
  std::string out_;
};

}  // namespace

std::string message_headers(const model::Item& item) { return HeaderWriter(item).write(); }

std::string subject_of(const model::PropertyList& list) {
  auto subject = list.get_text(pid::kSubject);
  if (!subject)
    return list.get_text(pid::kSubjectPrefix).value_or("") +
           list.get_text(pid::kNormalizedSubject).value_or("");
  if (subject->starts_with('\x01')) {  // then one character: the length of the prefix, any code point
    std::size_t n = 2;
    while (n < subject->size() && (static_cast<unsigned char>((*subject)[n]) & 0xC0) == 0x80) ++n;
    return subject->substr(std::min(n, subject->size()));
  }
  return *subject;
}

std::string transport_header(const model::PropertyList& list, std::string_view name) {
  const auto headers = split_headers(list.get_text(pid::kTransportMessageHeaders).value_or(""));
  const HeaderLine* h = find_header(headers, name);
  return h == nullptr ? std::string() : h->value;
}

}  // namespace mk::mime
