#include "ews/xml_reader.h"

#include <expat.h>
#include <fmt/format.h>

#include <algorithm>
#include <optional>

#include "base/text.h"
#include "ews/xml_filter.h"

namespace mk::ews {
namespace {

constexpr int kMaxDepth = 64;
constexpr std::size_t kMaxNameBytes = 256, kMaxAttributes = 64, kMaxTailBytes = 256;
constexpr XML_Index kMaxTokenBytes = 1 << 20;
constexpr std::size_t kPieceBytes = 64 * 1024, kRecentBytes = 1024;

std::string_view local_name(const char* qualified) {
  const std::string_view name(qualified);
  const std::size_t colon = name.rfind(':');
  return colon == std::string_view::npos ? name : name.substr(colon + 1);
}

}  // namespace

class XmlReader::Parser final : public XmlFilter {
 public:
  explicit Parser(XmlEvents& events) : events_(events), expat_(XML_ParserCreate("UTF-8"), XML_ParserFree) {
    MK_CHECK(expat_ != nullptr);
    XML_SetUserData(expat_.get(), this);
    XML_SetElementHandler(expat_.get(), on_start, on_end);
    XML_SetCharacterDataHandler(expat_.get(), on_text);
    XML_SetStartDoctypeDeclHandler(expat_.get(), on_doctype);
  }

  Status end() {
    if (error_) return *error_;
    TRY(finish());
    if (!complete_) TRY(parse({}, true));  // expat may have put the last tags off until it sees more
    if (complete_) return ok;
    return Error{Code::kTruncated, fmt::format("the answer ends inside its XML, after {} bytes", fed_)};
  }
  bool complete() const { return complete_; }
  std::string_view tail() const { return tail_; }

 private:
  Status clean(std::string_view text) override {
    if (error_) return *error_;
    while (!text.empty() && !complete_) {
      const std::string_view piece = text.substr(0, kPieceBytes);
      text.remove_prefix(piece.size());
      TRY(parse(piece, false));
    }
    keep_tail(text);
    return ok;
  }

  Status parse(std::string_view piece, bool last) {
    remember(piece);
    const auto status =
        XML_Parse(expat_.get(), piece.data(), static_cast<int>(piece.size()), last ? XML_TRUE : XML_FALSE);
    if (complete_) {
      const XML_Index end = XML_GetCurrentByteIndex(expat_.get()) + XML_GetCurrentByteCount(expat_.get());
      const auto behind = static_cast<std::size_t>(
          std::clamp<XML_Index>(fed_ - end, 0, static_cast<XML_Index>(recent_.size())));
      keep_tail(std::string_view(recent_).substr(recent_.size() - behind));
      return ok;
    }
    if (error_) return *error_;
    if (status != XML_STATUS_OK) {
      const XML_Error error = XML_GetErrorCode(expat_.get());
      return last && is_of_a_cut(error) ? Status(ok) : fail(XML_ErrorString(error));
    }
    if (fed_ - std::max<XML_Index>(XML_GetCurrentByteIndex(expat_.get()), 0) > kMaxTokenBytes)
      return fail(fmt::format("a tag or comment of more than {} bytes", kMaxTokenBytes));
    return ok;
  }

  /// Keeps the end of what was fed: when the document ends, what followed it is in there.
  void remember(std::string_view piece) {
    fed_ += static_cast<XML_Index>(piece.size());
    if (piece.size() > kRecentBytes) piece.remove_prefix(piece.size() - kRecentBytes);
    recent_ += piece;
    if (recent_.size() > 16 * kRecentBytes) recent_.erase(0, recent_.size() - kRecentBytes);
  }

  static bool is_of_a_cut(XML_Error error) {
    return error == XML_ERROR_NO_ELEMENTS || error == XML_ERROR_UNCLOSED_TOKEN ||
           error == XML_ERROR_PARTIAL_CHAR || error == XML_ERROR_UNCLOSED_CDATA_SECTION;
  }

  void keep_tail(std::string_view text) {
    if (tail_.size() < kMaxTailBytes) tail_ += text.substr(0, kMaxTailBytes - tail_.size());
  }

  Error fail(std::string_view why) {
    error_ = Error{Code::kCorrupt, fmt::format("XML that EWS does not send: {} at line {}, column {}", why,
                                               XML_GetCurrentLineNumber(expat_.get()),
                                               XML_GetCurrentColumnNumber(expat_.get()))};
    return *error_;
  }

  /// Expat calls back through C: an error is kept and the parser stopped.
  void stop(Error error) {
    if (!error_) error_ = std::move(error);
    XML_StopParser(expat_.get(), XML_FALSE);
  }
  void check(Status status) {
    if (!status) stop(std::move(status).error());
  }

  void start(const char* name, const char** attributes) {
    if (error_) return;
    const std::string_view local = local_name(name);
    attributes_.clear();
    for (; attributes[0] != nullptr && attributes_.size() <= kMaxAttributes; attributes += 2)
      attributes_.push_back({local_name(attributes[0]), attributes[1]});
    if (++depth_ > kMaxDepth) return stop(fail(fmt::format("elements nested deeper than {}", kMaxDepth)));
    if (local.size() > kMaxNameBytes) return stop(fail(fmt::format("a name of {} bytes", local.size())));
    if (attributes_.size() > kMaxAttributes) return stop(fail("an element with too many attributes"));
    check(events_.start_element(local, attributes_));
  }

  void end(const char* name) {
    if (error_) return;
    check(events_.end_element(local_name(name)));
    if (--depth_ > 0 || error_) return;
    complete_ = true;
    XML_StopParser(expat_.get(), XML_FALSE);
  }

  static Parser& self(void* user) { return *static_cast<Parser*>(user); }
  static void XMLCALL on_start(void* user, const char* name, const char** attributes) {
    self(user).start(name, attributes);
  }
  static void XMLCALL on_end(void* user, const char* name) { self(user).end(name); }
  static void XMLCALL on_text(void* user, const char* text, int n) {
    Parser& p = self(user);
    if (!p.error_) p.check(p.events_.text({text, static_cast<std::size_t>(n)}));
  }
  static void XMLCALL on_doctype(void* user, const char*, const char*, const char*, int) {
    self(user).stop(self(user).fail("it has a DOCTYPE, as web pages have"));
  }

  XmlEvents& events_;
  std::unique_ptr<XML_ParserStruct, decltype(&XML_ParserFree)> expat_;
  XmlAttributes attributes_;
  std::optional<Error> error_;
  XML_Index fed_ = 0;
  int depth_ = 0;
  bool complete_ = false;
  std::string recent_, tail_;
};

XmlReader::XmlReader(XmlEvents& events) : parser_(std::make_unique<Parser>(events)) {}
XmlReader::~XmlReader() = default;
Status XmlReader::feed(Bytes piece) { return parser_->feed(as_chars(piece)); }
Status XmlReader::finish() { return parser_->end(); }
bool XmlReader::complete() const { return parser_->complete(); }
std::string_view XmlReader::tail() const { return parser_->tail(); }

}  // namespace mk::ews
