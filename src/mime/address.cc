#include "mime/address.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/text.h"
#include "base/wire.h"
#include "mime/gmime_ptr.h"
#include "mime/header.h"

namespace mk::mime {
namespace {

constexpr std::string_view kCapsuleDomain = "@mailkeep.invalid";
constexpr Guid kOneOffProvider{0xA41F2B81, 0xA3BE, 0x1910, {0x9D, 0x6E, 0x00, 0xDD, 0x01, 0x0F, 0x54, 0x02}};
/// Unicode strings, no rich text.  [MS-OXCDATA] 2.2.5.1
constexpr std::uint16_t kOneOffUnicode = 0x8000, kOneOffNoRichInfo = 0x1000, kOneOffMime = 0x0001;

/// The fixed part of a one-off entry id; three strings follow.
struct OneOff {
  static constexpr char kName[] = "OneOffEntryID";
  std::uint32_t Flags = 0;
  Guid ProviderUID = kOneOffProvider;
  std::uint16_t Version = 0;
  std::uint16_t Bits = kOneOffUnicode | kOneOffNoRichInfo | kOneOffMime;
  static constexpr void fields(auto& io, auto& t) {
    io("Flags", t.Flags), io("ProviderUID", t.ProviderUID), io("Version", t.Version), io("Bits", t.Bits);
  }
};

std::string upper(std::string s) {
  std::ranges::transform(s, s.begin(),
                         [](char c) { return c >= 'a' && c <= 'z' ? static_cast<char>(c - 32) : c; });
  return s;
}

/// An address that can stand in a header as it is.
bool is_smtp(std::string_view s) {
  const std::size_t at = s.find('@');
  if (at == std::string_view::npos || s.rfind('@') != at) return false;
  if (at == 0 || at + 1 == s.size() || s.size() > 320) return false;
  return std::ranges::all_of(s, [](char c) {
    return c > 0x20 && c < 0x7F && std::string_view("<>()[],;:\\\"").find(c) == std::string_view::npos;
  });
}

std::string encapsulate(const Address& a) {
  std::string out = "IMCEA" + (a.type.empty() ? std::string("UNKNOWN") : a.type) + "-";
  std::erase_if(out, [](char c) { return !is_smtp(std::string("a@") + c); });
  for (const char c : a.email.substr(0, 250)) {
    const bool plain =
        (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '=' || c == '-';
    if (plain)
      out += c;
    else if (c == '/')
      out += '_';
    else
      fmt::format_to(std::back_inserter(out), "+{:02X}", static_cast<unsigned char>(c));
  }
  return out.append(kCapsuleDomain);
}

/// Unpacks IMCEATYPE-... of whatever domain; other addresses stay SMTP.
Address from_internet(std::string name, std::string email) {
  const std::size_t dash = email.find('-'), at = email.rfind('@');
  if (!upper(email.substr(0, 5)).starts_with("IMCEA") || dash == std::string::npos ||
      at == std::string::npos || dash > at)
    return {std::move(name), email.empty() ? "" : "SMTP", std::move(email)};
  Address a{std::move(name), upper(email.substr(5, dash - 5)), {}};
  const std::string_view packed = std::string_view(email).substr(dash + 1, at - dash - 1);
  for (std::size_t i = 0; i < packed.size(); ++i) {
    const auto code = packed[i] == '+' ? from_hex(packed.substr(i + 1, 2)) : Result<ByteString>(ByteString());
    if (packed[i] == '+' && code && code->size() == 1) {
      a.email += code->front();
      i += 2;
    } else {
      a.email += packed[i] == '_' ? '/' : packed[i];
    }
  }
  return a;
}

/// The next NUL-terminated string; false when there is no NUL.
bool take_string(Bytes& in, bool unicode, std::string& out) {
  const std::size_t unit = unicode ? 2 : 1;
  for (std::size_t i = 0; i + unit <= in.size(); i += unit) {
    if (in[i] != std::byte{0} || (unicode && in[i + 1] != std::byte{0})) continue;
    const Bytes text = in.first(i);
    out = unicode                           ? utf8_from_utf16(text)
          : utf8_from_code_page(text, 1252) ? *utf8_from_code_page(text, 1252)
                                            : "";
    in = in.subspan(i + unit);
    return true;
  }
  return false;
}

void append_mailboxes(InternetAddressList* list, int depth, std::vector<Address>& out) {
  const int n = list == nullptr ? 0 : internet_address_list_length(list);
  for (int i = 0; i < n; ++i) {
    InternetAddress* ia = internet_address_list_get_address(list, i);
    if (INTERNET_ADDRESS_IS_MAILBOX(ia)) {
      out.push_back(
          from_internet(string_or_empty(internet_address_get_name(ia)),
                        string_or_empty(internet_address_mailbox_get_addr(INTERNET_ADDRESS_MAILBOX(ia)))));
    } else if (INTERNET_ADDRESS_IS_GROUP(ia) && depth < 4) {
      InternetAddressList* members = internet_address_group_get_members(INTERNET_ADDRESS_GROUP(ia));
      if (members == nullptr || internet_address_list_length(members) == 0)
        out.push_back({string_or_empty(internet_address_get_name(ia)), {}, {}});
      else
        append_mailboxes(members, depth + 1, out);
    }
  }
}

}  // namespace

Address address_of(const model::PropertyList& properties, const AddressIds& ids) {
  const auto line = [&](std::uint16_t id) { return one_line(properties.get_text(id).value_or("")); };
  Address a{line(ids.name), upper(line(ids.type)), line(ids.email)};
  if (std::string smtp = line(ids.smtp); is_smtp(smtp)) return {a.name, "SMTP", std::move(smtp)};
  if (is_smtp(a.email)) return {a.name, "SMTP", a.email};
  if (auto id = properties.get_binary(ids.entry_id))
    if (auto one_off = parse_one_off(as_bytes(*id)); one_off && is_smtp(one_off->email))
      return {a.name.empty() ? one_off->name : a.name, "SMTP", one_off->email};
  if (is_smtp(a.name)) return {a.name, "SMTP", a.name};
  return a;
}

void set_address(model::PropertyList& properties, const AddressIds& ids, const Address& a) {
  const std::string& name = a.name.empty() ? a.email : a.name;
  properties.set_text(ids.name, name);
  if (a.email.empty()) return;
  properties.set_text(ids.type, a.type);
  properties.set_text(ids.email, a.email);
  if (a.type == "SMTP") properties.set_text(ids.smtp, a.email);
  properties.set_binary(ids.entry_id, one_off_entry_id({name, a.type, a.email}));
  properties.set_binary(ids.search_key, upper(a.type + ":" + a.email) + '\0');
}

std::string smtp_form(const Address& a) {
  return a.email.empty() || is_smtp(a.email) ? a.email : encapsulate(a);
}

std::string format_address(const Address& a) {
  if (a.email.empty()) return encode_phrase(a.name) + ":;";
  const std::string email = smtp_form(a);
  if (a.name.empty() || a.name == a.email) return "<" + email + ">";
  return encode_phrase(a.name) + " <" + email + ">";
}

std::vector<Address> parse_addresses(std::string_view header_value) {
  start_gmime();
  std::vector<Address> out;
  const GObjectPtr<InternetAddressList> list(
      internet_address_list_parse(nullptr, std::string(header_value).c_str()));
  append_mailboxes(list.get(), 0, out);
  return out;
}

ByteString one_off_entry_id(const Address& a) {
  ByteString out = encode(OneOff{});
  for (const std::string* s : {&a.name, &a.type, &a.email})
    out += utf16_from_utf8(one_line(*s)) + ByteString(2, '\0');
  return out;
}

Result<Address> parse_one_off(Bytes entry_id) {
  TRY_ASSIGN(const OneOff fixed, decode<OneOff>(entry_id));
  if (fixed.ProviderUID != kOneOffProvider) return Error{Code::kUnsupported, "entry id: not a one-off"};
  Bytes rest = entry_id.subspan(wire_size<OneOff>());
  const bool unicode = (fixed.Bits & kOneOffUnicode) != 0;
  Address a;
  if (!take_string(rest, unicode, a.name) || !take_string(rest, unicode, a.type) ||
      !take_string(rest, unicode, a.email))
    return Error{Code::kTruncated, "OneOffEntryID: a string has no end"};
  a.type = upper(a.type);
  return a;
}

ByteString flat_entry_list(const std::vector<Address>& addresses) {
  ByteString entries;
  for (const Address& a : addresses) {
    const ByteString id = one_off_entry_id(a);
    append_le(entries, static_cast<std::uint32_t>(id.size()));
    entries += id;
    entries.resize((entries.size() + 3) / 4 * 4);
  }
  ByteString out = le_bytes(static_cast<std::uint32_t>(addresses.size()));
  append_le(out, static_cast<std::uint32_t>(entries.size()));
  return out + entries;
}

std::vector<Address> parse_flat_entry_list(Bytes list) {
  std::vector<Address> out;
  if (list.size() < 8) return out;
  for (Bytes rest = list.subspan(8); rest.size() >= 4;) {
    const std::size_t n = load_le<std::uint32_t>(rest.data());
    if (n > rest.size() - 4) break;
    if (auto a = parse_one_off(rest.subspan(4, n))) out.push_back(*std::move(a));
    rest = rest.subspan(std::min((4 + n + 3) / 4 * 4, rest.size()));
  }
  return out;
}

}  // namespace mk::mime
