#include <fmt/format.h>

#include <algorithm>

#include "base/hash.h"
#include "base/text.h"
#include "mime/address.h"
#include "mime/charset.h"
#include "mime/date.h"
#include "mime/eml.h"
#include "mime/header.h"
#include "mime/lzfu.h"
#include "mime/read_parts.h"
#include "model/tags.h"

namespace mk::mime {
namespace {

namespace pid = model::pid;
using model::PropTag;
using model::PropType;
constexpr std::size_t kMaxHeaderBytes = 1 << 20;
constexpr std::size_t kMaxRecipients = 10'000;
constexpr std::uint16_t kPriority = 0x0026, kReadReceiptRequested = 0x0029, kReplyRecipientEntries = 0x004F,
                        kReplyRecipientNames = 0x0050;
/// PidTagNativeBody.  [MS-OXCMSG] 2.2.1.58.11
enum NativeBody { kNativePlain = 1, kNativeRtf = 2, kNativeHtml = 3 };

/// A message cut into its headers (without the blank line) and what follows it.
struct Halves {
  std::string_view headers, body;
};

Halves cut(std::string_view mime) {
  for (std::size_t at = 0; at < mime.size();) {
    const std::size_t end = mime.find('\n', at);
    const std::size_t next = end == std::string_view::npos ? mime.size() : end + 1;
    const std::string_view line = mime.substr(at, next - at);
    if (line == "\n" || line == "\r\n") return {mime.substr(0, at), mime.substr(next)};
    at = next;
  }
  return {mime, {}};
}

/// Without what mail folders and editors put before a message: a byte order mark, blank lines, the mbox line.
std::string_view without_preface(std::string_view mime) {
  if (mime.starts_with("\xEF\xBB\xBF")) mime.remove_prefix(3);
  while (!mime.empty() && (mime.front() == '\r' || mime.front() == '\n')) mime.remove_prefix(1);
  if (mime.starts_with("From ")) mime.remove_prefix(std::min(mime.find('\n'), mime.size() - 1) + 1);
  return mime;
}

GObjectPtr<GMimeMessage> parse(std::string_view mime) {
  start_gmime();
  const GObjectPtr<GMimeStream> stream(g_mime_stream_mem_new_with_buffer(mime.data(), mime.size()));
  const GObjectPtr<GMimeParser> parser(g_mime_parser_new_with_stream(stream.get()));
  return GObjectPtr<GMimeMessage>(g_mime_parser_construct_message(parser.get(), nullptr));
}

/// "RE: " of "RE: budget".  [MS-OXCMSG] 2.2.1.9: up to three characters that are no digits, a colon, a space
std::string_view prefix_of(std::string_view subject) {
  const std::size_t colon = subject.substr(0, 4).find(':');
  if (colon == std::string_view::npos || colon == 0 || !subject.substr(colon).starts_with(": ")) return {};
  const bool letters = std::ranges::none_of(subject.substr(0, colon),
                                            [](char c) { return (c >= '0' && c <= '9') || c == ' '; });
  return letters ? subject.substr(0, colon + 2) : std::string_view{};
}

class ItemBuilder {
 public:
  ItemBuilder(std::string_view mime, int depth) : mime_(mime), halves_(cut(mime)), depth_(depth) {}

  Result<model::Item> build() {
    if (mime_.empty()) return Error{Code::kCorrupt, "message: empty"};
    if (halves_.headers.size() > kMaxHeaderBytes)
      return Error{Code::kCorrupt, fmt::format("message: headers of more than {} bytes", kMaxHeaderBytes)};
    headers_ = split_headers(halves_.headers);
    message_ = parse(mime_);
    if (!message_) return Error{Code::kCorrupt, "message: not MIME"};
    text(pid::kMessageClass, "IPM.Note");
    subject();
    TRY(people());
    dates();
    thread();
    marks();
    TRY(content());
    finish();
    return std::move(item_);
  }

 private:
  void text(std::uint16_t id, std::string_view utf8) {
    if (!utf8.empty()) set_value(list_, PropTag(id, PropType::kString), utf16_from_utf8(utf8));
  }
  /// The raw value of a field.
  std::string header(std::string_view name) const {
    const HeaderLine* h = find_header(headers_, name);
    return h == nullptr ? std::string() : h->value;
  }
  static std::string decoded(const std::string& value) {
    const GCharPtr text(g_mime_utils_header_decode_text(nullptr, value.c_str()));
    return one_line(string_or_empty(text.get()));
  }

  void subject() {
    const std::string whole = decoded(header("Subject"));
    const std::string_view prefix = prefix_of(whole);
    topic_ = whole.substr(prefix.size());
    list_.set_text(pid::kSubject, whole);
    list_.set_text(pid::kSubjectPrefix, prefix);
    list_.set_text(pid::kNormalizedSubject, topic_);
    const std::string headers(halves_.headers);
    text(pid::kTransportMessageHeaders,
         is_utf8(headers) ? headers : utf8_from_charset(as_bytes(headers), "windows-1252"));
  }

  Status people() {
    const auto from = parse_addresses(header("From"));
    const auto sender = parse_addresses(header("Sender"));
    if (!from.empty()) set_address(list_, kRepresenting, from.front());
    if (!sender.empty() || !from.empty())
      set_address(list_, kSender, sender.empty() ? from.front() : sender.front());
    if (const auto reply_to = parse_addresses(header("Reply-To"));
        !reply_to.empty() && reply_to.size() < 100) {
      list_.set_binary(kReplyRecipientEntries, flat_entry_list(reply_to));
      std::string names;
      for (const Address& a : reply_to)
        names += (names.empty() ? "" : ";") + (a.name.empty() ? a.email : a.name);
      text(kReplyRecipientNames, names);
    }
    TRY(recipients("To", 1, pid::kDisplayTo));
    TRY(recipients("Cc", 2, pid::kDisplayCc));
    return recipients("Bcc", 3, pid::kDisplayBcc);
  }

  Status recipients(std::string_view field, std::int32_t type, std::uint16_t display) {
    std::string names;
    for (const HeaderLine& h : headers_) {
      if (!same_name(h.name, field)) continue;
      for (const Address& a : parse_addresses(h.value)) {
        if (a.empty() || (a.email.empty() && type != 3 && same_name(a.name, "undisclosed-recipients")))
          continue;
        if (item_.recipients.size() >= kMaxRecipients)
          return Error{Code::kUnsupported, fmt::format("message: more than {} recipients", kMaxRecipients)};
        add_recipient(a, type);
        names += (names.empty() ? "" : "; ") + (a.name.empty() ? a.email : a.name);
      }
    }
    list_.set_text(display, names);
    return ok;
  }

  void add_recipient(const Address& a, std::int32_t type) {
    model::PropertyList r;
    r.set_integer32(pid::kRowId, static_cast<std::int32_t>(item_.recipients.size()));
    r.set_integer32(pid::kRecipientType, type);
    r.set_integer32(pid::kObjectType, 6);   // MAPI_MAILUSER
    r.set_integer32(pid::kDisplayType, 0);  // DT_MAILUSER
    r.set_boolean(pid::kResponsibility, false);
    set_address(r, kRecipient, a);
    item_.recipients.push_back(std::move(r));
  }

  void dates() {
    const auto sent = parse_date(header("Date"));
    const std::string received = header("Received");  // the topmost: that of the last server
    const std::size_t semicolon = received.rfind(';');
    auto delivered = semicolon == std::string::npos
                         ? std::nullopt
                         : parse_date(std::string_view(received).substr(semicolon + 1));
    if (!delivered) delivered = sent;
    if (sent) list_.set_time(pid::kClientSubmitTime, *sent);
    if (delivered) list_.set_time(pid::kMessageDeliveryTime, *delivered);
    if (delivered) delivered_ = *delivered;
  }

  void thread() {
    text(pid::kInternetMessageId, header("Message-ID"));
    text(pid::kInReplyToId, header("In-Reply-To"));
    text(pid::kInternetReferences, header("References"));
    const std::string topic = decoded(header("Thread-Topic"));
    text(pid::kConversationTopic, topic.empty() ? topic_ : topic);
    auto index = from_base64(header("Thread-Index"));
    list_.set_binary(pid::kConversationIndex,
                     index && index->size() >= 22 && index->size() < 3000 ? *index : made_index());
  }

  /// A conversation index of its header only: time and, in place of a random GUID, a hash of the topic.
  /// [MS-OXOMSG] 2.2.1.3
  ByteString made_index() const {
    ByteString out(1, '\x01');
    for (int shift = 48; shift >= 16; shift -= 8) out += static_cast<char>(delivered_.ticks >> shift & 0xFF);
    const Sha256Digest digest = sha256(as_bytes(topic_));
    return out + std::string(as_chars(Bytes(digest).first(16)));
  }

  void marks() {
    const std::string importance = header("Importance"), sensitivity = header("Sensitivity");
    const char x_priority = (header("X-Priority") + "3").front();
    const bool high =
        same_name(importance, "high") || (importance.empty() && (x_priority == '1' || x_priority == '2'));
    const bool low =
        same_name(importance, "low") || (importance.empty() && (x_priority == '4' || x_priority == '5'));
    list_.set_integer32(pid::kImportance, high ? 2 : low ? 0 : 1);
    list_.set_integer32(kPriority, high ? 1 : low ? -1 : 0);
    list_.set_integer32(pid::kSensitivity, same_name(sensitivity, "Personal")               ? 1
                                           : same_name(sensitivity, "Private")              ? 2
                                           : same_name(sensitivity, "Company-Confidential") ? 3
                                                                                            : 0);
    if (!header("Disposition-Notification-To").empty()) list_.set_boolean(kReadReceiptRequested, true);
    std::vector<ByteString> words;
    for (const std::string& word : keywords())
      if (words.size() < 1000) words.push_back(utf16_from_utf8(word));
    if (words.empty()) return;
    const PropTag tag((std::uint32_t{0x8000} << 16) | static_cast<std::uint16_t>(PropType::kString) |
                      model::kMultiple);
    list_.add({tag, model::string_name(model::pset::kPublicStrings, "Keywords"),
               model::Value::of_elements(std::move(words)), false});
  }
  /// Keywords are phrases between commas; quotes and encoded words as in names.
  std::vector<std::string> keywords() const {
    std::vector<std::string> out;
    std::string word;
    bool quoted = false, escaped = false;
    for (const char c : header("Keywords") + ",") {
      if (!escaped && (c == '"' || (c == '\\' && quoted))) {
        quoted = c == '"' ? !quoted : quoted;
        escaped = c == '\\';
        continue;
      }
      if (c != ',' || quoted || escaped) {
        escaped = false;
        word += c;
        continue;
      }
      std::string name = decoded(std::exchange(word, {}));
      while (name.starts_with(' ')) name.erase(0, 1);
      if (!name.empty()) out.push_back(std::move(name));
    }
    return out;
  }

  Status content() {
    if (is_encrypted()) return take_encrypted(), ok;
    TRY_ASSIGN(Parts parts, read_parts(message_.get(), depth_));
    set_bodies(parts);
    item_.attachments = std::move(parts.attachments);
    if (is_clear_signed()) take_clear_signed();
    return ok;
  }

  void set_bodies(Parts& parts) {
    if (parts.has_plain)
      set_value(list_, PropTag(pid::kBody, PropType::kString), utf16_from_utf8(parts.plain));
    if (parts.has_html) set_value(list_, PropTag(pid::kBodyHtml, PropType::kBinary), std::move(parts.html));
    if (parts.has_rtf && !parts.has_html)
      set_value(list_, PropTag(pid::kRtfCompressed, PropType::kBinary), wrap_rtf(parts.rtf));
    else if (parts.has_rtf)
      add_file(parts.attachments, {"body.rtf", "text/rtf", {}, {}}, std::move(parts.rtf));
    list_.set_integer32(pid::kInternetCodepage,
                        parts.has_html ? static_cast<std::int32_t>(parts.html_code_page) : 65001);
    if (parts.has_plain || parts.has_html || parts.has_rtf)
      list_.set_integer32(pid::kNativeBody, parts.has_html  ? kNativeHtml
                                            : parts.has_rtf ? kNativeRtf
                                                            : kNativePlain);
  }

  GMimeContentType* root_type() const {
    GMimeObject* root = g_mime_message_get_mime_part(message_.get());
    return root == nullptr ? nullptr : g_mime_object_get_content_type(root);
  }
  bool is_encrypted() const {
    GMimeContentType* type = root_type();
    return type != nullptr && GMIME_IS_PART(g_mime_message_get_mime_part(message_.get())) &&
           (g_mime_content_type_is_type(type, "application", "pkcs7-mime") != FALSE ||
            g_mime_content_type_is_type(type, "application", "x-pkcs7-mime") != FALSE);
  }
  bool is_clear_signed() const {
    GMimeContentType* type = root_type();
    if (type == nullptr || g_mime_content_type_is_type(type, "multipart", "signed") == FALSE) return false;
    const std::string protocol = string_or_empty(g_mime_content_type_get_parameter(type, "protocol"));
    return same_name(protocol, "application/pkcs7-signature") ||
           same_name(protocol, "application/x-pkcs7-signature");
  }

  /// Signed and encrypted mail keeps its content as the one attachment, byte for byte.  [MS-OXOSMIME] 2.1
  void take_encrypted() {
    text(pid::kMessageClass, "IPM.Note.SMIME");
    add_file(item_.attachments, {"smime.p7m", "application/pkcs7-mime", {}, {}},
             content_of(GMIME_PART(g_mime_message_get_mime_part(message_.get()))));
  }
  /// The bodies stay as well, for readers and searches that know nothing of signatures.
  void take_clear_signed() {
    text(pid::kMessageClass, "IPM.Note.SMIME.MultipartSigned");
    item_.attachments.clear();
    add_file(item_.attachments, {"smime.p7m", "multipart/signed", {}, {}}, entity());
  }
  /// The MIME entity of the message: its Content fields and its body.
  ByteString entity() const {
    ByteString out;
    for (const HeaderLine& h : headers_)
      if (same_name(h.name.substr(0, 8), "Content-")) append_header(out, h.name, h.value);
    return out.append("\r\n").append(halves_.body);
  }

  void finish() {
    const bool unsent = header("X-Unsent") == "1";
    const bool attached = std::ranges::any_of(item_.attachments, [](const model::Attachment& a) {
      return a.properties.get_integer(pid::kAttachmentHidden).value_or(0) == 0;
    });
    list_.set_integer32(pid::kMessageFlags, (unsent ? model::kFlagUnsent | model::kFlagRead : 0) |
                                                (attached ? model::kFlagHasAttach : 0));
    list_.set_boolean(pid::kHasAttachments, attached);
    const Sha256Digest digest = sha256(as_bytes(mime_));
    list_.set_binary(pid::kSearchKey, ByteString(as_chars(Bytes(digest).first(16))));
  }

  std::string_view mime_;
  Halves halves_;
  int depth_;
  std::vector<HeaderLine> headers_;
  GObjectPtr<GMimeMessage> message_;
  std::string topic_;
  FileTime delivered_;
  model::Item item_;
  model::PropertyList& list_ = item_.properties;
};

}  // namespace

Result<model::Item> read_message(Bytes mime, int depth) {
  return ItemBuilder(without_preface(as_chars(mime)), depth).build();
}

Result<model::Item> read_eml(Bytes mime) { return read_message(mime, 0); }

}  // namespace mk::mime
