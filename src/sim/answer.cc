#include "sim/answer.h"

#include <fmt/format.h>

#include "sim/base64_source.h"

namespace mk::sim {

std::string escape_xml(std::string_view utf8) {
  std::string out;
  out.reserve(utf8.size() + utf8.size() / 16);
  for (const char c : utf8) {
    switch (c) {
      case '&':
        out += "&amp;";
        break;
      case '<':
        out += "&lt;";
        break;
      case '>':
        out += "&gt;";
        break;
      case '"':
        out += "&quot;";
        break;
      case '\r':
        out += "&#xD;";
        break;
      default:
        if (static_cast<unsigned char>(c) < 0x20 && c != '\n' && c != '\t')
          out += fmt::format("&#x{:X};", static_cast<int>(c));
        else
          out.push_back(c);
    }
  }
  return out;
}

void Answer::start(std::string_view name, Attributes attributes) {
  text_.push_back('<');
  text_ += name;
  for (const auto& [key, value] : attributes) text_ += fmt::format(" {}=\"{}\"", key, escape_xml(value));
}

void Answer::open(std::string_view name, Attributes attributes) {
  start(name, attributes);
  text_.push_back('>');
}

void Answer::close(std::string_view name) {
  text_ += "</";
  text_ += name;
  text_.push_back('>');
}

void Answer::empty(std::string_view name, Attributes attributes) {
  start(name, attributes);
  text_ += "/>";
}

void Answer::element(std::string_view name, std::string_view value, Attributes attributes) {
  open(name, attributes);
  text_ += escape_xml(value);
  close(name);
}

void Answer::base64(BlobPtr bytes) { pieces_.push_back({std::exchange(text_, {}), std::move(bytes)}); }

void Answer::append(Answer&& part) {
  for (auto& piece : part.pieces_) {
    text_ += piece.text;
    base64(std::move(piece.blob));
  }
  text_ += part.text_;
}

void Answer::cut_here() {
  if (cut_) return;
  cut_ = true;
  cut_pieces_ = pieces_.size();
  cut_text_ = text_.size();
}

std::uint64_t Answer::total_bytes() const {
  std::uint64_t n = text_.size();
  for (const auto& p : pieces_) n += p.text.size() + (p.blob->size() + 2) / 3 * 4;
  return n;
}

std::string Answer::take_text() {
  if (cut_ && pieces_.size() == cut_pieces_) text_.resize(std::min(text_.size(), cut_text_));
  return std::move(text_);
}

class Answer::Stream final : public ByteSource {
 public:
  explicit Stream(std::vector<Piece> pieces) : pieces_(std::move(pieces)) {}

  Result<std::size_t> read(std::span<std::byte> out) override {
    while (index_ < pieces_.size()) {
      TRY_ASSIGN(const std::size_t n, in_blob_ ? read_blob(out) : read_text(out));
      if (n > 0 || out.empty()) return n;
    }
    return std::size_t{0};
  }

 private:
  Result<std::size_t> read_text(std::span<std::byte> out) {
    const std::string& text = pieces_[index_].text;
    const std::size_t n = std::min(out.size(), text.size() - at_);
    std::memcpy(out.data(), text.data() + at_, n);
    at_ += n;
    if (at_ == text.size()) in_blob_ = true;
    return n;
  }

  Result<std::size_t> read_blob(std::span<std::byte> out) {
    if (!blob_ && pieces_[index_].blob) blob_ = make_base64_source(pieces_[index_].blob);
    std::size_t n = 0;
    if (blob_) {
      TRY_ASSIGN(n, blob_->read(out));
    }
    if (n == 0) {
      pieces_[index_] = {};
      ++index_, at_ = 0, in_blob_ = false, blob_.reset();
    }
    return n;
  }

  std::vector<Piece> pieces_;
  std::unique_ptr<ByteSource> blob_;
  std::size_t index_ = 0, at_ = 0;
  bool in_blob_ = false;
};

std::unique_ptr<ByteSource> Answer::take_stream() {
  pieces_.push_back({std::exchange(text_, {}), nullptr});
  if (cut_) {
    pieces_.resize(cut_pieces_ + 1);
    pieces_.back().blob = nullptr;
    pieces_.back().text.resize(std::min(pieces_.back().text.size(), cut_text_));
  }
  return std::make_unique<Stream>(std::move(pieces_));
}

}  // namespace mk::sim
