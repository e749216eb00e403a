#include "store/s3_answer.h"

#include <expat.h>
#include <fmt/format.h>

#include <charconv>
#include <functional>
#include <memory>
#include <utility>

#include "base/text.h"
#include "base/time.h"

namespace mk::store {
namespace {

constexpr std::size_t kMaxDepth = 16, kMaxNameBytes = 256, kMaxTextBytes = std::size_t{16} * 1024;

/// Told of each element when it ends, with its path below the root ("Contents/Key"; the root's own is "") and
/// the text directly before its end.
using OnElement = std::function<Status(std::string_view path, const std::string& text)>;

std::string_view local_name(const char* qualified) {
  const std::string_view name(qualified);
  const auto colon = name.rfind(':');
  return colon == std::string_view::npos ? name : name.substr(colon + 1);
}

class Parser {
 public:
  Parser(std::string_view root, const OnElement& on_element)
      : wanted_(root), on_element_(on_element), expat_(XML_ParserCreate(nullptr), XML_ParserFree) {
    MK_CHECK(expat_ != nullptr);
    XML_SetUserData(expat_.get(), this);
    XML_SetElementHandler(expat_.get(), on_start, on_end);
    XML_SetCharacterDataHandler(expat_.get(), on_text);
    XML_SetStartDoctypeDeclHandler(expat_.get(), on_doctype);
  }

  Status parse(Bytes xml) {
    const auto text = as_chars(xml);
    const bool parsed =
        XML_Parse(expat_.get(), text.data(), static_cast<int>(text.size()), XML_TRUE) == XML_STATUS_OK;
    if (error_) return *error_;
    if (!parsed) return corrupt(XML_ErrorString(XML_GetErrorCode(expat_.get())));
    return ok;
  }

 private:
  Error corrupt(std::string_view why) const {
    return {Code::kCorrupt, fmt::format("not the XML that an S3 store sends: {} in line {}", why,
                                        XML_GetCurrentLineNumber(expat_.get()))};
  }
  void stop(Error error) {
    if (!error_) error_ = std::move(error);
    XML_StopParser(expat_.get(), XML_FALSE);
  }

  void start(std::string_view name) {
    if (error_) return;
    if (depth_ == kMaxDepth) return stop(corrupt("elements nested too deep"));
    if (name.size() > kMaxNameBytes) return stop(corrupt("a name too long"));
    if (depth_ == 0 && name != wanted_)
      return stop(corrupt(fmt::format("{} instead of {}", printable(name), wanted_)));
    if (depth_++ > 0) path_ += (path_.empty() ? "" : "/") + std::string(name);
    text_.clear();
  }
  void end() {
    if (error_) return;
    if (auto done = on_element_(path_, text_); !done) return stop(std::move(done).error());
    const auto slash = path_.rfind('/');
    path_.resize(slash == std::string::npos ? 0 : slash);
    text_.clear();
    --depth_;
  }
  void text(std::string_view piece) {
    if (error_) return;
    if (text_.size() + piece.size() > kMaxTextBytes) return stop(corrupt("a text too long"));
    text_ += piece;
  }

  static Parser& self(void* user) { return *static_cast<Parser*>(user); }
  static void XMLCALL on_start(void* user, const char* name, const char**) {
    self(user).start(local_name(name));
  }
  static void XMLCALL on_end(void* user, const char*) { self(user).end(); }
  static void XMLCALL on_text(void* user, const char* text, int n) {
    self(user).text({text, static_cast<std::size_t>(n)});
  }
  static void XMLCALL on_doctype(void* user, const char*, const char*, const char*, int) {
    self(user).stop(self(user).corrupt("it has a DOCTYPE, as web pages have"));
  }

  std::string_view wanted_;
  const OnElement& on_element_;
  std::unique_ptr<XML_ParserStruct, decltype(&XML_ParserFree)> expat_;
  std::size_t depth_ = 0;
  std::string path_, text_;
  std::optional<Error> error_;
};

Status read_xml(Bytes xml, std::string_view root, const OnElement& on_element) {
  return Parser(root, on_element).parse(xml);
}

Result<std::uint64_t> parse_size(const std::string& text) {
  std::uint64_t n = 0;
  const char* end = text.data() + text.size();
  if (const auto r = std::from_chars(text.data(), end, n); r.ec == std::errc() && r.ptr == end) return n;
  return Error{Code::kCorrupt, fmt::format("Size: '{}' is not a number", printable(text))};
}

/// The reverse of uri_encode(); stores encode spaces as `+` or `%20`.
Result<std::string> uri_decode(const std::string& text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '%') {
      out += text[i] == '+' ? ' ' : text[i];
      continue;
    }
    auto byte = from_hex(std::string_view(text).substr(i + 1, 2));
    if (!byte || byte->size() != 1)
      return Error{Code::kCorrupt, fmt::format("Key: '{}' is not well encoded", printable(text))};
    out += *byte;
    i += 2;
  }
  return out;
}

}  // namespace

std::optional<S3Fault> read_fault(Bytes xml) {
  S3Fault fault;
  const auto read = read_xml(xml, "Error", [&](std::string_view path, const std::string& text) -> Status {
    if (path == "Code") fault.code = text;
    if (path == "Message") fault.message = text;
    if (path == "Region") fault.region = text;
    if (path == "Endpoint") fault.endpoint = text;
    if (path == "ServerTime") fault.server_time = text;
    return ok;
  });
  if (!read || fault.code.empty()) return std::nullopt;
  return fault;
}

Result<S3ListPage> read_list_page(Bytes xml) {
  S3ListPage page;
  S3ListPage::Object object;
  bool is_encoded = false;
  TRY(read_xml(xml, "ListBucketResult", [&](std::string_view path, const std::string& text) -> Status {
    if (path == "Contents/Key") object.key = text;
    if (path == "Contents/Size") {
      TRY_ASSIGN(object.bytes, parse_size(text));
    }
    if (path == "Contents") page.objects.push_back(std::exchange(object, {}));
    if (path == "IsTruncated") page.is_truncated = text == "true";
    if (path == "NextContinuationToken") page.next_token = text;
    if (path == "EncodingType") is_encoded = text == "url";
    return ok;
  }));
  for (auto& o : page.objects) {
    if (!is_encoded) break;
    TRY_ASSIGN(o.key, uri_decode(o.key));
  }
  if (page.is_truncated && page.next_token.empty())
    return Error{Code::kCorrupt, "a listing that goes on and does not say where"};
  return page;
}

Result<S3VersionsPage> read_versions_page(Bytes xml) {
  S3VersionsPage page;
  S3VersionsPage::Version version;
  bool is_encoded = false;
  TRY(read_xml(xml, "ListVersionsResult", [&](std::string_view path, const std::string& text) -> Status {
    if (path == "Version/Key" || path == "DeleteMarker/Key") version.key = text;
    if (path == "Version/VersionId" || path == "DeleteMarker/VersionId") version.id = text;
    if (path == "Version/Size") {
      TRY_ASSIGN(version.bytes, parse_size(text));
    }
    version.is_marker = path == "DeleteMarker";
    if (path == "Version" || path == "DeleteMarker") page.versions.push_back(std::exchange(version, {}));
    if (path == "IsTruncated") page.is_truncated = text == "true";
    if (path == "NextKeyMarker") page.next_key = text;
    if (path == "NextVersionIdMarker") page.next_id = text;
    if (path == "EncodingType") is_encoded = text == "url";
    return ok;
  }));
  if (page.is_truncated && page.next_key.empty())
    return Error{Code::kCorrupt, "a listing that goes on and does not say where"};
  if (!is_encoded) return page;
  TRY_ASSIGN(page.next_key, uri_decode(page.next_key));
  for (auto& v : page.versions) {
    TRY_ASSIGN(v.key, uri_decode(v.key));
  }
  return page;
}

Result<std::string> read_upload_id(Bytes xml) {
  std::string id;
  TRY(read_xml(xml, "InitiateMultipartUploadResult",
               [&](std::string_view path, const std::string& text) -> Status {
                 if (path == "UploadId") id = text;
                 return ok;
               }));
  if (id.empty()) return Error{Code::kCorrupt, "an upload without an UploadId"};
  return id;
}

Status read_completion(Bytes xml) {
  return read_xml(xml, "CompleteMultipartUploadResult",
                  [](std::string_view, const std::string&) -> Status { return ok; });
}

Result<std::string> read_versioning(Bytes xml) {
  std::string status;
  TRY(read_xml(xml, "VersioningConfiguration", [&](std::string_view path, const std::string& text) -> Status {
    if (path == "Status") status = text;
    return ok;
  }));
  return status;
}

Result<S3ObjectLock> read_object_lock(Bytes xml) {
  S3ObjectLock lock;
  TRY(read_xml(xml, "ObjectLockConfiguration", [&](std::string_view path, const std::string& text) -> Status {
    if (path == "ObjectLockEnabled") lock.enabled = text == "Enabled";
    if (path == "Rule/DefaultRetention/Mode") lock.mode = text;
    if (path == "Rule/DefaultRetention/Days") lock.retention = text + " days";
    if (path == "Rule/DefaultRetention/Years") lock.retention = text + " years";
    return ok;
  }));
  return lock;
}

Result<S3Retention> read_retention(Bytes xml) {
  S3Retention retention;
  std::string until;
  TRY(read_xml(xml, "Retention", [&](std::string_view path, const std::string& text) -> Status {
    if (path == "Mode") retention.mode = text;
    if (path == "RetainUntilDate") until = text;
    return ok;
  }));
  const auto time = parse_utc(until);
  if (!time) return Error{Code::kCorrupt, "RetainUntilDate: '" + printable(until) + "' is not a time"};
  retention.until = *time;
  return retention;
}

}  // namespace mk::store
