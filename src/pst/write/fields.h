#pragma once
#include <vector>

#include "model/property.h"
#include "pst/write/name_map.h"

namespace mk::pst::write {

/// A property as it goes into this file: its id here, its value in stored form.
struct Field {
  std::uint16_t id = 0;
  StoredValue value;
  std::uint32_t tag() const { return std::uint32_t{id} << 16 | value.type; }
};

/// What is written for one object, sorted by id, each id once.
class Fields {
 public:
  /// What kind of object the properties are of: each has properties of its own that the store sets.
  enum class Owner { kMessage, kAttachment, kRecipient, kFolder };
  /// Leaves out what the PST computes itself and what it has no place for (docs/formats/pst-writer.md).
  /// Errors: those of store_value, with the property's tag; kUnsupported  too many names
  static Result<Fields> from(const model::PropertyList& list, Owner owner, unsigned code_page,
                             NameMap& names);

  const Field* find(std::uint16_t id) const;
  const Field* find_tag(std::uint32_t tag) const;
  bool has(std::uint16_t id) const { return find(id) != nullptr; }
  void remove(std::uint16_t id);
  void set(std::uint16_t id, StoredValue value);
  void set_integer(std::uint16_t id, std::uint32_t value);
  void set_boolean(std::uint16_t id, bool value);
  void set_text(std::uint16_t id, std::string_view utf8);
  void set_binary(std::uint16_t id, ByteString value);
  void set_time(std::uint16_t id, FileTime value);
  /// `otherwise` when it is absent or of another type.
  std::uint32_t integer_or(std::uint16_t id, std::uint32_t otherwise) const;

  std::size_t size() const { return list_.size(); }
  auto begin() const { return list_.begin(); }
  auto end() const { return list_.end(); }

 private:
  std::vector<Field> list_;
};

/// The most that the values take in the heap and the blocks of an object.
std::uint64_t fields_bound(const Fields& fields);

/// True for properties that the store sets and that are not taken from the source.
bool is_computed(std::uint16_t id, Fields::Owner owner);

}  // namespace mk::pst::write
