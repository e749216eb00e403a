#pragma once
#include <cstdint>
#include <type_traits>

#include "base/wire.h"

// A PST comes in three forms that differ in the widths of ids and offsets and in the sizes of pages and
// blocks. A structure lists its fields once for all of them: through a plain visitor it has its Unicode form,
// through an As<form> visitor that form.
namespace mk::pst::disk {

/// kUnicode4K: OST files of Outlook 2013 and later, which [MS-PST] does not describe (docs/formats/pst.md).
enum class Form : std::uint8_t { kAnsi, kUnicode, kUnicode4K };

/// A visitor that gives the structures their layout in one form.
template <Form F, class Io>
struct As {
  static constexpr Form kForm = F;
  Io& io;
  template <class T>
  constexpr void operator()(const char* field, T& v) {
    if constexpr (!Wire<std::remove_const_t<T>>) {
      io(field, v);
    } else {
      if constexpr (requires { io.enter(field); }) io.enter(field);
      std::remove_const_t<T>::fields(*this, v);
      if constexpr (requires { io.leave(); }) io.leave();
    }
  }
};

template <class Io>
inline constexpr Form kFormOf = Form::kUnicode;
template <Form F, class Io>
inline constexpr Form kFormOf<As<F, Io>> = F;
/// For use in a list of fields.
#define MK_PST_FORM(io) (::mk::pst::disk::kFormOf<std::remove_cvref_t<decltype(io)>>)

/// A field that is only a T on the wire.
template <class T>
constexpr void narrow(auto& io, const char* field, auto& v) {
  T on_wire = static_cast<T>(v);
  io(field, on_wire);
  if constexpr (!std::is_const_v<std::remove_reference_t<decltype(v)>>) v = on_wire;
}
/// A BID, an offset or a B-tree key: four bytes in an ANSI file, else eight.
constexpr void word(auto& io, const char* field, auto& v) {
  if constexpr (MK_PST_FORM(io) == Form::kAnsi)
    narrow<std::uint32_t>(io, field, v);
  else
    io(field, v);
}
/// A field that ANSI files do not have.
constexpr void wide_only(auto& io, const char* field, auto& v) {
  if constexpr (MK_PST_FORM(io) != Form::kAnsi) io(field, v);
}

/// Bytes that a T takes in a file of this form.
template <Wire T, Form F>
consteval std::size_t size_in() {
  Sizer s;
  As<F, Sizer> io{s};
  T t{};
  T::fields(io, t);
  return s.n;
}

/// Calls `f` with the form as a constant.
template <class Call>
constexpr auto with_form(Form form, Call f) {
  switch (form) {
    case Form::kAnsi:
      return f(std::integral_constant<Form, Form::kAnsi>());
    case Form::kUnicode4K:
      return f(std::integral_constant<Form, Form::kUnicode4K>());
    default:
      return f(std::integral_constant<Form, Form::kUnicode>());
  }
}

/// Reads a T in its form; `r` says when it was not all there.
template <Wire T>
void read_as(Form form, Reader& r, T& t) {
  with_form(form, [&](auto f) {
    As<f(), Reader> io{r};
    T::fields(io, t);
  });
}
/// decode(), in a form.
template <Wire T>
Result<T> decode_as(Form form, Bytes in, std::uint64_t at = 0) {
  Reader r(in, at);
  T t{};
  read_as(form, r, t);
  if (!r.ok()) return r.error(T::kName);
  return t;
}

}  // namespace mk::pst::disk
