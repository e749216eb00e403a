#include "mime/vcard.h"

#include <fmt/format.h>

#include "base/text.h"
#include "mime/address.h"
#include "mime/calendar_time.h"
#include "mime/content_lines.h"
#include "mime/export.h"
#include "mime/named.h"
#include "mime/plain_text.h"
#include "model/tags.h"

namespace mk::mime {
namespace {

namespace pid = model::pid;
namespace pset = model::pset;
using model::PropertyList;

// Ids and lids of [MS-OXOCNTC] 2.2.1.
constexpr std::uint16_t kGeneration = 0x3A05, kGivenName = 0x3A06, kSurname = 0x3A11, kMiddleName = 0x3A44,
                        kPrefix = 0x3A45, kCompany = 0x3A16, kTitle = 0x3A17, kDepartment = 0x3A18,
                        kProfession = 0x3A46, kNickname = 0x3A4F, kBirthday = 0x3A42, kAnniversary = 0x3A41,
                        kWorkPage = 0x3A51, kHomePage = 0x3A50, kAssistant = 0x3A30, kManager = 0x3A4E,
                        kSpouse = 0x3A48;
constexpr std::uint16_t kAttachmentContactPhoto = 0x7FFF;
constexpr std::uint32_t kHtmlPage = 0x802B, kInstantMessaging = 0x8062, kFileUnder = 0x8005;
constexpr std::uint32_t kListName = 0x8053, kOneOffMembers = 0x8054, kMembers = 0x8055;

struct Number {
  std::uint16_t id;
  const char *where, *what;  // the types of [MS-OXVCARD] 2.1.3.3
};
constexpr Number kNumbers[] = {
    {0x3A08, "WORK", "VOICE"}, {0x3A1B, "WORK", "VOICE"}, {0x3A09, "HOME", "VOICE"},
    {0x3A2F, "HOME", "VOICE"}, {0x3A1C, "", "CELL"},      {0x3A24, "WORK", "FAX"},
    {0x3A25, "HOME", "FAX"},   {0x3A23, "", "FAX"},       {0x3A21, "", "PAGER"},
    {0x3A1E, "", "CAR"},       {0x3A1A, "PREF", "VOICE"}, {0x3A1F, "", "VOICE"},
    {0x3A2D, "", "ISDN"}};

/// PidLidEmail1DisplayName ..., of the three addresses.
struct EmailLids {
  std::uint32_t name, type, address, original_name;
};
constexpr EmailLids kEmails[] = {
    {0x8080, 0x8082, 0x8083, 0x8084}, {0x8090, 0x8092, 0x8093, 0x8094}, {0x80A0, 0x80A2, 0x80A3, 0x80A4}};

class CardWriter {
 public:
  CardWriter(const model::Item& item, ByteSink& out) : item_(item), list_(item.properties), lines_(out) {}

  Result<std::string> write() {
    lines_.raw("BEGIN", "VCARD");
    if (is_class(text(pid::kMessageClass), "IPM.DistList"))
      group();
    else
      contact();
    common();
    lines_.raw("END", "VCARD");
    TRY(lines_.finish());
    return note_;
  }

 private:
  std::string text(std::uint16_t id) const { return list_.get_text(id).value_or(""); }
  std::string lid_text(std::uint32_t lid) const {
    return named_text(list_, pset::kAddress, lid).value_or("");
  }

  void contact() {
    lines_.raw("VERSION", "3.0");
    names();
    structured("ORG", {text(kCompany), text(kDepartment)}, "");
    lines_.text("TITLE", text(kTitle));
    lines_.text("ROLE", text(kProfession));
    for (const EmailLids& lids : kEmails) email(lids);
    for (const Number& n : kNumbers) lines_.text("TEL", text(n.id), {{"TYPE", n.where}, {"TYPE", n.what}});
    address("WORK",
            {lid_text(0x804A), "", lid_text(0x8045), lid_text(0x8046), lid_text(0x8047), lid_text(0x8048),
             lid_text(0x8049)},
            0x801B);
    address("HOME", {text(0x3A5E), "", text(0x3A5D), text(0x3A59), text(0x3A5C), text(0x3A5B), text(0x3A5A)},
            0x801A);
    address("POSTAL",
            {text(0x3A64), "", text(0x3A63), text(0x3A5F), text(0x3A62), text(0x3A61), text(0x3A60)}, 0x801C);
    lines_.text("URL", text(kWorkPage).empty() ? lid_text(kHtmlPage) : text(kWorkPage), {{"TYPE", "WORK"}});
    lines_.text("URL", text(kHomePage), {{"TYPE", "HOME"}});
    lines_.text("X-MS-IMADDRESS", lid_text(kInstantMessaging));
    day("BDAY", kBirthday);
    day("X-ANNIVERSARY", kAnniversary);
    lines_.text("X-MS-SPOUSE", text(kSpouse));
    lines_.text("X-MS-MANAGER", text(kManager));
    lines_.text("X-MS-ASSISTANT", text(kAssistant));
    picture();
  }

  void names() {
    std::string shown = text(pid::kDisplayName);
    for (const std::string& other : {subject_of(list_), lid_text(kFileUnder), text(kCompany)})
      if (shown.empty()) shown = other;
    lines_.text("FN", shown.empty() ? "(no name)" : shown);
    std::string n;
    for (const std::uint16_t id : {kSurname, kGivenName, kMiddleName, kPrefix, kGeneration})
      n += (id == kSurname ? "" : ";") + ContentLines::escape(text(id));
    lines_.raw("N", n);
    lines_.text("NICKNAME", text(kNickname));
  }

  /// A value of several texts; nothing when all of them are empty.
  bool structured(const char* name, const std::vector<std::string>& texts, const char* type) {
    std::string value, all;
    for (const std::string& t : texts) {
      if (&t != &texts.front()) value += ';';
      value += ContentLines::escape(t);
      all += t;
    }
    if (all.empty()) return false;
    while (std::string_view(name) == "ORG" && value.ends_with(';')) value.pop_back();
    lines_.raw(name, value, {{"TYPE", type}});
    return true;
  }

  void address(const char* type, const std::vector<std::string>& parts, std::uint32_t as_one_text) {
    if (!structured("ADR", parts, type)) lines_.text("LABEL", lid_text(as_one_text), {{"TYPE", type}});
  }

  /// The address of an Exchange user is kept as its display name, where that is one that SMTP can carry.
  void email(const EmailLids& lids) {
    Address a{lid_text(lids.name), lid_text(lids.type), lid_text(lids.address)};
    if (a.email.empty()) return;
    const std::string original = lid_text(lids.original_name);
    if (a.type == "EX" && original.find('@') != std::string::npos) a = {a.name, "SMTP", original};
    lines_.text("EMAIL", smtp_form(a), {{"TYPE", "INTERNET"}, {"TYPE", &lids == kEmails ? "PREF" : ""}});
  }

  /// Midnight where it was typed, in UTC: within half a day of the day that was meant.
  void day(const char* name, std::uint16_t id) {
    auto t = list_.get_time(id);
    if (!t) return;
    constexpr std::uint64_t kHalfADay = std::uint64_t{12} * 3600 * 10'000'000;
    lines_.raw(name, format_utc(FileTime{t->ticks + kHalfADay}).substr(0, 10));
  }

  void picture() {
    for (const model::Attachment& a : item_.attachments) {
      const std::string name = a.properties.get_text(pid::kAttachLongFilename).value_or("");
      const bool shown = a.properties.get_integer(kAttachmentContactPhoto).value_or(0) != 0 ||
                         name == "ContactPicture.jpg" || name == "ContactPhoto.jpg";
      const auto* data = a.properties.find(pid::kAttachDataBinary);
      if (data == nullptr || !shown)
        note_ = "files attached to it are left out";
      else
        lines_.binary("PHOTO", data->value, {{"ENCODING", "b"}, {"TYPE", "JPEG"}});
    }
  }

  void group() {
    lines_.raw("VERSION", "4.0");
    lines_.raw("KIND", "group");
    const std::string name = lid_text(kListName);
    lines_.text("FN", name.empty() ? text(pid::kDisplayName) + " " : name);
    std::size_t n_left_out = 0;
    const auto* members = list_.find(model::lid_name(pset::kAddress, kOneOffMembers));
    if (members == nullptr) members = list_.find(model::lid_name(pset::kAddress, kMembers));
    if (members == nullptr) return;
    for (const ByteString& entry : members->value.elements()) {
      const auto a = parse_one_off(as_bytes(entry));
      if (a && !a->email.empty())
        lines_.raw("MEMBER", "mailto:" + smtp_form(*a), {{"X-CN", a->name}});
      else
        ++n_left_out;
    }
    if (n_left_out > 0)
      note_ = fmt::format("{} members are known by reference only and left out", n_left_out);
  }

  void common() {
    if (const auto* p = list_.find(model::string_name(pset::kPublicStrings, "Keywords"));
        p != nullptr && p->tag.element_type() == model::PropType::kString) {
      std::string all;
      for (const ByteString& word : p->value.elements())
        all += (all.empty() ? "" : ",") + ContentLines::escape(utf8_from_utf16(as_bytes(word)));
      if (!all.empty()) lines_.raw("CATEGORIES", all);
    }
    lines_.text("NOTE", plain_text(list_));
    if (list_.get_integer(pid::kSensitivity).value_or(0) != 0 &&
        !is_class(text(pid::kMessageClass), "IPM.DistList"))
      lines_.raw("CLASS", "PRIVATE");
    const ByteString key = list_.get_binary(pid::kSearchKey).value_or("");
    if (!key.empty()) lines_.raw("UID", "mailkeep-" + to_hex(as_bytes(key)));
    if (const auto t = list_.get_time(pid::kLastModificationTime)) lines_.raw("REV", utc_text(*t));
  }

  const model::Item& item_;
  const PropertyList& list_;
  ContentLines lines_;
  std::string note_;
};

}  // namespace

Result<std::string> write_vcard(const model::Item& item, ByteSink& out) {
  return CardWriter(item, out).write();
}

}  // namespace mk::mime
