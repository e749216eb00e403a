#pragma once
#include <string>

#include "pst/disk/layout.h"

namespace mk::pst::inspect {

/// A visitor that writes the fields of a structure as text, with the names that its list of fields has.
///
/// Shape: one line a field, `name 0x1a (26)`; arrays of bytes as hexadecimal digits; structures within
/// indented
class FieldPrinter {
 public:
  FieldPrinter(std::string& out, int indent) : out_(out), indent_(indent) {}
  template <Scalar T>
  void operator()(const char* field, const T& v) {
    number(field, static_cast<std::uint64_t>(v));
  }
  template <Scalar T, std::size_t N>
  void operator()(const char* field, const std::array<T, N>& v) {
    if constexpr (sizeof(T) == 1) {
      bytes(field, std::as_bytes(std::span(v)));
    } else {
      for (std::size_t i = 0; i < N; ++i)
        number((std::string(field) + "[" + std::to_string(i) + "]").c_str(), v[i]);
    }
  }
  template <Wire T>
  void operator()(const char* field, const T& v) {
    enter(field);
    T::fields(*this, v);
    leave();
  }
  void enter(const char* field);
  void leave() { indent_ -= 2; }

 private:
  void number(const char* field, std::uint64_t v);
  void bytes(const char* field, Bytes v);
  std::string& out_;
  int indent_;
};

/// The fields of a structure in a form, below a line with the structure's name. What of it lies beyond the
/// end of `in` is told.
template <Wire T>
Result<T> print_fields(disk::Form form, Bytes in, std::string& out, int indent) {
  TRY_ASSIGN(const T t, disk::decode_as<T>(form, in));
  out.append(static_cast<std::size_t>(indent), ' ').append(T::kName).append("\n");
  FieldPrinter printer(out, indent + 2);
  disk::with_form(form, [&](auto f) {
    disk::As<f(), FieldPrinter> io{printer};
    T::fields(io, t);
  });
  return t;
}

/// Sixteen bytes a line with offset and characters.
void print_hex(Bytes bytes, std::string& out, int indent);

/// The same on one line: `nid=0x21 bidData=0x4 ...`
class LinePrinter {
 public:
  explicit LinePrinter(std::string& out) : out_(out) {}
  template <Scalar T>
  void operator()(const char* field, const T& v) {
    add(field, static_cast<std::uint64_t>(v));
  }
  template <class T, std::size_t N>
  void operator()(const char* field, const std::array<T, N>& v) {
    for (const T& e : v) (*this)(field, e);
  }

 private:
  void add(const char* field, std::uint64_t v);
  std::string& out_;
};

template <Wire T>
std::string fields_on_a_line(disk::Form form, const T& t) {
  std::string out;
  LinePrinter printer(out);
  disk::with_form(form, [&](auto f) {
    disk::As<f(), LinePrinter> io{printer};
    T::fields(io, t);
  });
  return out;
}

}  // namespace mk::pst::inspect
