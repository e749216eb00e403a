#pragma once
#include <string>
#include <string_view>
#include <vector>

#include "model/property.h"

namespace mk::mime {

/// Somebody, as MAPI has it: name, address type (SMTP, EX ...) and address of that type.
struct Address {
  std::string name;
  std::string type;
  std::string email;
  bool empty() const { return name.empty() && email.empty(); }
};

/// The property ids of one role of an item (sender, sent representing) or of a recipient.
struct AddressIds {
  std::uint16_t name, type, email, smtp, entry_id, search_key;
};
inline constexpr AddressIds kSender{0x0C1A, 0x0C1E, 0x0C1F, 0x5D01, 0x0C19, 0x0C1D};
inline constexpr AddressIds kRepresenting{0x0042, 0x0064, 0x0065, 0x5D02, 0x0041, 0x003B};
inline constexpr AddressIds kRecipient{0x3001, 0x3002, 0x3003, 0x39FE, 0x0FFF, 0x300B};

/// Reads a role. An SMTP address is looked for in the SMTP property, the address, a one-off entry id and the
/// name.
Address address_of(const model::PropertyList& properties, const AddressIds& ids);
/// Sets name, type, address, SMTP address, one-off entry id and search key.
void set_address(model::PropertyList& properties, const AddressIds& ids, const Address& address);

/// `name <address>` with the name encoded. An address that SMTP cannot carry is encapsulated (IMCEAEX-...@
/// mailkeep.invalid, [MS-OXCMAIL] 2.1.2.1); without any address it is an empty group.
std::string format_address(const Address& address);
/// The address alone as SMTP can carry it, encapsulated where it has to be; empty when there is none.
std::string smtp_form(const Address& address);
/// All mailboxes of an address header, groups taken apart, encapsulated addresses unpacked.
std::vector<Address> parse_addresses(std::string_view header_value);

/// One-off entry id, Unicode form.  [MS-OXCDATA] 2.2.5.1
ByteString one_off_entry_id(const Address& address);
/// Errors: kUnsupported  another kind of entry id; kTruncated
Result<Address> parse_one_off(Bytes entry_id);

/// FlatEntryList of one-off entry ids, as in PidTagReplyRecipientEntries.  [MS-OXCDATA] 2.3.3
ByteString flat_entry_list(const std::vector<Address>& addresses);
/// Entries that are no one-offs are left out.
std::vector<Address> parse_flat_entry_list(Bytes list);

}  // namespace mk::mime
