#pragma once
// One field list per structure; every codec is a visitor of that list (docs/architecture.md, "Bytes").
#include <array>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <string>
#include <type_traits>
#include <vector>

#include "base/bytes.h"
#include "base/result.h"

namespace mk {

template <class T>
concept Scalar =
    (std::integral<T> && !std::same_as<T, bool>) ||  // a bool that is neither 0 nor 1 is undefined
    std::is_enum_v<T>;
template <class T>
concept Wire = requires { T::kName; };

/// Counts the bytes a structure takes on the wire; of a list it counts none.
struct Sizer {
  std::size_t n = 0;
  template <Scalar T>
  constexpr void operator()(const char*, const T&) {
    n += sizeof(T);
  }
  template <class T, std::size_t N>
  constexpr void operator()(const char* f, const std::array<T, N>& in) {
    for (auto& e : in) (*this)(f, e);
  }
  template <Wire T>
  constexpr void operator()(const char*, const T& in) {
    T::fields(*this, in);
  }
  template <class T>
  constexpr void list(const char*, std::size_t, const std::vector<T>&) {}
};
/// Bytes a T takes on the wire; for a T with a list, the fewest it can take.
template <Wire T>
consteval std::size_t wire_size() {
  Sizer s;
  T t{};
  T::fields(s, t);
  return s.n;
}
template <class T>
consteval std::size_t wire_size_of() {
  if constexpr (Wire<T>)
    return wire_size<T>();
  else
    return sizeof(T);
}

/// Reads fields from bytes. Sticky: after the first failure every read yields zero and moves nothing.
class Reader {
 public:
  explicit Reader(Bytes in, std::uint64_t at = 0) : in_(in), at_(at) {}
  template <Scalar T>
  void operator()(const char* field, T& out) {
    const Bytes b = take(field, sizeof(T));
    out = T{};
    if (!b.empty()) std::memcpy(&out, b.data(), sizeof(T));
  }
  template <class T, std::size_t N>
  void operator()(const char* field, std::array<T, N>& out) {
    for (T& e : out) (*this)(field, e);
  }
  template <Wire T>
  void operator()(const char*, T& out) {
    T::fields(*this, out);
  }
  template <class T>
  void list(const char* field, std::size_t n, std::vector<T>& out) {
    if (n > left() / wire_size_of<T>()) {  // no allocation before the bound
      take(field, left() + 1);
      return;
    }
    out.resize(n);
    for (T& e : out) (*this)(field, e);
  }
  Bytes take(const char* field, std::size_t n) {
    if (bad_ != nullptr || n > in_.size() - pos_) {
      if (bad_ == nullptr) bad_ = field;
      return {};
    }
    pos_ += n;
    return in_.subspan(pos_ - n, n);
  }
  bool ok() const { return bad_ == nullptr; }
  std::size_t left() const { return in_.size() - pos_; }
  std::size_t pos() const { return pos_; }
  Error error(const char* name) const {
    return {Code::kTruncated, std::string(name) + "." + (bad_ ? bad_ : "?") + " at offset " +
                                  std::to_string(at_ + pos_) + ": the data ends too early"};
  }

 private:
  Bytes in_;
  std::uint64_t at_;
  std::size_t pos_ = 0;
  const char* bad_ = nullptr;
};

/// Appends fields to bytes.
struct Writer {
  ByteString& out;
  template <Scalar T>
  void operator()(const char*, const T& in) {
    append_le(out, in);
  }
  template <class T, std::size_t N>
  void operator()(const char* f, const std::array<T, N>& in) {
    for (auto& e : in) (*this)(f, e);
  }
  template <Wire T>
  void operator()(const char*, const T& in) {
    T::fields(*this, in);
  }
  template <class T>
  void list(const char* f, std::size_t n, const std::vector<T>& in) {
    MK_CHECK(n == in.size());
    for (auto& e : in) (*this)(f, e);
  }
};

/// Decodes one structure from the front of `in`; `at` is where `in` lies, for the message.
template <Wire T>
Result<T> decode(Bytes in, std::uint64_t at = 0) {
  Reader r(in, at);
  T t{};
  T::fields(r, t);
  if (!r.ok()) return r.error(T::kName);
  return t;
}
template <Wire T>
void encode_to(ByteString& out, const T& t) {
  Writer w{out};
  T::fields(w, t);
}
template <Wire T>
ByteString encode(const T& t) {
  ByteString out;
  encode_to(out, t);
  return out;
}

}  // namespace mk
