#pragma once
#include <initializer_list>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "base/io.h"

namespace mk::sim {

/// XML that is being composed. Items' bytes are not copied into it: they are noted where their base64 belongs
/// and encoded while the reply goes out.
class Answer {
 public:
  using Attributes = std::initializer_list<std::pair<const char*, std::string_view>>;

  void open(std::string_view name, Attributes attributes = {});
  void close(std::string_view name);
  void empty(std::string_view name, Attributes attributes = {});
  /// <name>escaped value</name>
  void element(std::string_view name, std::string_view value, Attributes attributes = {});
  void element(std::string_view name, std::uint64_t value) { element(name, std::to_string(value)); }
  void element(std::string_view name, bool value) {
    element(name, std::string_view(value ? "true" : "false"));
  }
  void element(std::string_view name, const char* value) { element(name, std::string_view(value)); }
  /// As it is, not escaped.
  void raw(std::string_view xml) { text_ += xml; }
  void base64(BlobPtr bytes);
  /// What was composed elsewhere, because it could have failed half way.
  void append(Answer&& part);
  /// Nothing that is written from here on reaches the client; for replies that break off.
  void cut_here();

  /// How long the answer is when it goes out.
  std::uint64_t total_bytes() const;
  bool has_blobs() const { return !pieces_.empty(); }
  /// The text of an answer without blobs.
  std::string take_text();
  std::unique_ptr<ByteSource> take_stream();

 private:
  struct Piece {
    std::string text;
    BlobPtr blob;  // follows the text; may be absent in the last
  };
  class Stream;
  void start(std::string_view name, Attributes attributes);

  std::vector<Piece> pieces_;
  std::string text_;
  bool cut_ = false;
  std::size_t cut_pieces_ = 0, cut_text_ = 0;
};

/// Escapes for element content and attributes. Characters that XML 1.0 forbids become references (&#x1A;), as
/// Exchange writes them.
std::string escape_xml(std::string_view utf8);

}  // namespace mk::sim
