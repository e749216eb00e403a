#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/guid.h"
#include "base/io.h"
#include "base/time.h"

namespace mk::model {

/// Property types.  [MS-OXCDATA] 2.11.1
enum class PropType : std::uint16_t {
  kUnspecified = 0x0000,
  kNull = 0x0001,
  kInteger16 = 0x0002,
  kInteger32 = 0x0003,
  kFloating32 = 0x0004,
  kFloating64 = 0x0005,
  kCurrency = 0x0006,
  kFloatingTime = 0x0007,
  kErrorCode = 0x000A,
  kBoolean = 0x000B,
  kObject = 0x000D,
  kInteger64 = 0x0014,
  kString8 = 0x001E,
  kString = 0x001F,
  kTime = 0x0040,
  kGuid = 0x0048,
  kServerId = 0x00FB,
  kRestriction = 0x00FD,
  kRuleAction = 0x00FE,
  kBinary = 0x0102
};
/// Added to a type: an array of it.
inline constexpr std::uint16_t kMultiple = 0x1000;
/// Added in FastTransfer streams: a string whose code page is the lower 15 bits (0x84B0 = UTF-16, 0x84E4 =
/// 1252).
inline constexpr std::uint16_t kCodePageString = 0x8000;

/// Property tag: id in the upper 16 bits, type in the lower.  [MS-OXCDATA] 2.9
struct PropTag {
  std::uint32_t value = 0;
  constexpr PropTag() = default;
  constexpr explicit PropTag(std::uint32_t v) : value(v) {}
  constexpr PropTag(std::uint16_t id, PropType type)
      : value(std::uint32_t{id} << 16 | static_cast<std::uint16_t>(type)) {}
  constexpr std::uint16_t id() const { return static_cast<std::uint16_t>(value >> 16); }
  constexpr std::uint16_t raw_type() const { return static_cast<std::uint16_t>(value); }
  /// The type with code-page strings folded into kString (1200) or kString8; arrays keep kMultiple.
  constexpr PropType type() const {
    const std::uint16_t t = raw_type();
    if ((t & kCodePageString) == 0) return static_cast<PropType>(t);
    return (t & 0x7FFF) == 1200 ? PropType::kString : PropType::kString8;
  }
  constexpr bool is_multiple() const { return (raw_type() & (kMultiple | kCodePageString)) == kMultiple; }
  /// The type of one element of an array, else type().
  constexpr PropType element_type() const {
    return is_multiple() ? static_cast<PropType>(raw_type() & ~kMultiple) : type();
  }
  constexpr bool is_named() const { return id() >= 0x8000; }
  constexpr auto operator<=>(const PropTag&) const = default;
};

/// The specification's name without Ptyp, `Integer32`; empty for a type that it does not have.
/// [MS-OXCDATA] 2.11.1
std::string_view type_name(PropType type);
/// Bytes of a fixed-size type in a FastTransfer stream (Boolean: 2), 0 for variable types and arrays.
std::size_t fixed_size(PropType type);

/// What identifies a property with an id of 0x8000 and above; the id itself differs from mailbox to mailbox.
struct PropertyName {
  Guid set;
  std::variant<std::uint32_t, ByteString> key;  // LID, or name in UTF-16LE without terminator
  bool is_lid() const { return key.index() == 0; }
  auto operator<=>(const PropertyName&) const = default;
};
/// `{00062008-0000-0000-c000-000000000046}/0x8501` or `.../Keywords`
std::string format_name(const PropertyName& name);
/// A name whose key is text. `lid_name` is the numeric form.
PropertyName string_name(const Guid& set, std::string_view utf8);
PropertyName lid_name(const Guid& set, std::uint32_t lid);

/// The value of a property, in one of three shapes:
/// - bytes: little-endian number (Boolean 2 bytes), GUID in wire order, FILETIME, UTF-16LE or code-page text
///   without its terminating NUL, binary
/// - elements: one byte string per element of an array, each as above
/// - blob: the same bytes as in the first shape, left where they lie because they are large
class Value {
 public:
  Value() = default;
  static Value of_bytes(ByteString bytes) {
    Value v;
    v.v_ = std::move(bytes);
    return v;
  }
  static Value of_elements(std::vector<ByteString> e) {
    Value v;
    v.v_ = std::move(e);
    return v;
  }
  static Value of_blob(BlobPtr blob) {
    Value v;
    v.v_ = std::move(blob);
    return v;
  }

  bool is_blob() const { return v_.index() == 2; }
  bool is_multiple() const { return v_.index() == 1; }
  /// Empty for the other shapes.
  Bytes bytes() const { return v_.index() == 0 ? as_bytes(std::get<0>(v_)) : Bytes{}; }
  const std::vector<ByteString>& elements() const;
  const BlobPtr& blob() const { return std::get<2>(v_); }
  /// Of bytes and blob: how many; of elements: their sum.
  std::uint64_t size() const;
  /// Bytes or blob as a stream; of elements an empty one.
  Result<std::unique_ptr<ByteSource>> open() const;
  /// Bytes or blob in memory.  Errors: kExhausted  larger than `max_bytes`
  Result<ByteString> load(std::uint64_t max_bytes = std::uint64_t{64} << 20) const;

 private:
  std::variant<ByteString, std::vector<ByteString>, BlobPtr> v_;
};

struct Property {
  PropTag tag;
  std::optional<PropertyName> name;  // set exactly when tag.is_named() and the name is known
  Value value;
  bool unterminated = false;  // a string that came without its terminating NUL (FastTransfer only)
};

/// Properties in the order in which they came; look-ups are linear (a message has about 100).
class PropertyList {
 public:
  void add(Property p) { list_.push_back(std::move(p)); }
  void add(PropTag tag, ByteString bytes) {
    list_.push_back({tag, {}, Value::of_bytes(std::move(bytes)), false});
  }
  void set(Property p);  // replaces the one with the same id or name, or adds
  bool remove(std::uint16_t id);
  /// By id, whatever its type; named properties are found by name only.
  const Property* find(std::uint16_t id) const;
  const Property* find(const PropertyName& name) const;

  // Typed look-ups: nothing when absent, of another type, or too large (text and binary: 1 MiB).
  std::optional<std::int64_t> get_integer(std::uint16_t id) const;  // any integer type and Boolean
  std::optional<FileTime> get_time(std::uint16_t id) const;
  std::optional<std::string> get_text(std::uint16_t id) const;  // UTF-8; String8 by the list's own code page
  std::optional<ByteString> get_binary(std::uint16_t id) const;

  void set_integer32(std::uint16_t id, std::int32_t v);
  void set_boolean(std::uint16_t id, bool v);
  void set_time(std::uint16_t id, FileTime v);
  void set_text(std::uint16_t id, std::string_view utf8);
  void set_binary(std::uint16_t id, ByteString v);

  /// Code page of String8 values: PidTagMessageCodepage, else PidTagInternetCodepage, else 1252.
  unsigned code_page() const;

  std::size_t size() const { return list_.size(); }
  bool empty() const { return list_.empty(); }
  auto begin() const { return list_.begin(); }
  auto end() const { return list_.end(); }
  auto begin() { return list_.begin(); }
  auto end() { return list_.end(); }
  Property& operator[](std::size_t i) { return list_[i]; }
  const Property& operator[](std::size_t i) const { return list_[i]; }

 private:
  std::vector<Property> list_;
};

/// The property with its strings in UTF-16 and its type kString (arrays: kString | kMultiple); other types as
/// is. `code_page` is used for kString8 without a code page of its own. Errors: kExhausted  String8 text
/// above 64 MiB; kUnsupported  unknown code page
Result<Property> to_unicode(const Property& p, unsigned code_page);
/// UTF-8 of a (small) string value. Blobs above 1 MiB give their beginning. Terminators that a writer left in
/// the value are no text.
std::string text_of(const Property& p, unsigned code_page);

}  // namespace mk::model
