#include "mime/vcard.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/text.h"
#include "mime/address.h"
#include "model/tags.h"

namespace mk::mime {
namespace {

namespace pid = model::pid;
namespace pset = model::pset;
using testing::HasSubstr;
using testing::Not;

void set_lid(model::PropertyList& list, std::uint32_t lid, std::string_view text) {
  list.set({model::PropTag(0x8000, model::PropType::kString), model::lid_name(pset::kAddress, lid),
            model::Value::of_bytes(utf16_from_utf8(text)), false});
}
std::string written(const model::Item& item, std::string* note = nullptr) {
  std::string out;
  StringSink sink(out);
  const auto done = write_vcard(item, sink);
  EXPECT_TRUE(done) << done.error().what;
  if (done && note != nullptr) *note = *done;
  return out;
}
model::Item contact() {
  model::Item item;
  item.properties.set_text(pid::kMessageClass, "IPM.Contact");
  return item;
}

/// [MS-OXVCARD] 3.2, with types that are parameters, as RFC 2426 has them.
TEST(WriteVcard, WritesTheExampleOfTheSpecification) {
  model::Item item = contact();
  model::PropertyList& list = item.properties;
  const std::pair<std::uint16_t, const char*> tags[] = {{pid::kDisplayName, "Dan Fennell"},
                                                        {0x3A06, "Dan"},
                                                        {0x3A11, "Fennell"},
                                                        {0x3A16, "Contoso, Ltd."},
                                                        {0x3A30, "Jeff Price"},
                                                        {0x3A08, "+1-206-555-0102"},
                                                        {0x3A1C, "+1-425-555-0199"},
                                                        {0x3A5D, "345 Aspen Street"},
                                                        {0x3A59, "Boulder"},
                                                        {0x3A5C, "CO"},
                                                        {0x3A5B, "33041"},
                                                        {0x3A5A, "USA"}};
  for (const auto& [id, text] : tags) list.set_text(id, text);
  set_lid(list, 0x8045, "7890 Elm Street");
  set_lid(list, 0x8046, "Boulder");
  for (const auto& [lid, address] :
       {std::pair(0x8083u, "dan.fennell@contoso.com"), {0x8093u, "dfennell@fabrikam.com"}})
    set_lid(list, lid, address);
  const std::string card = written(item);
  for (const char* line :
       {"BEGIN:VCARD\r\nVERSION:3.0\r\n", "FN:Dan Fennell\r\n", "N:Fennell;Dan;;;\r\n",
        "ORG:Contoso\\, Ltd.\r\n", "EMAIL;TYPE=INTERNET;TYPE=PREF:dan.fennell@contoso.com\r\n",
        "EMAIL;TYPE=INTERNET:dfennell@fabrikam.com\r\n", "TEL;TYPE=WORK;TYPE=VOICE:+1-206-555-0102\r\n",
        "TEL;TYPE=CELL:+1-425-555-0199\r\n", "ADR;TYPE=WORK:;;7890 Elm Street;Boulder;;;\r\n",
        "ADR;TYPE=HOME:;;345 Aspen Street;Boulder;CO;33041;USA\r\n", "X-MS-ASSISTANT:Jeff Price\r\n",
        "END:VCARD\r\n"})
    EXPECT_THAT(card, HasSubstr(line));
}

TEST(WriteVcard, AlwaysHasAName) {
  EXPECT_THAT(written(contact()), HasSubstr("FN:(no name)\r\nN:;;;;\r\n"));
  model::Item item = contact();
  item.properties.set_text(0x3A16, "Contoso");
  EXPECT_THAT(written(item), HasSubstr("FN:Contoso\r\n"));
}

TEST(WriteVcard, TakesTheDayOfABirthdayFromMidnightAnywhere) {
  for (const char* midnight :
       {"1970-04-30T22:00", "1970-05-01T00:00", "1970-05-01T08:00", "1970-05-01T11:59"}) {
    model::Item item = contact();
    item.properties.set_time(0x3A42, *parse_utc(midnight));
    EXPECT_THAT(written(item), HasSubstr("BDAY:1970-05-01\r\n")) << midnight;
  }
}

TEST(WriteVcard, HoldsThePictureAndSaysWhatItLeavesOut) {
  model::Item item = contact();
  for (const char* name : {"ContactPicture.jpg", "plan.doc"}) {
    model::Attachment a;
    a.properties.set_text(pid::kAttachLongFilename, name);
    a.properties.set_binary(pid::kAttachDataBinary, "jpeg");
    item.attachments.push_back(std::move(a));
  }
  std::string note;
  EXPECT_THAT(written(item, &note), HasSubstr("PHOTO;ENCODING=b;TYPE=JPEG:anBlZw==\r\n"));
  EXPECT_THAT(note, HasSubstr("left out"));
}

TEST(WriteVcard, WritesAListAsGroup) {
  model::Item item;
  item.properties.set_text(pid::kMessageClass, "IPM.DistList");
  set_lid(item.properties, 0x8053, "Friends");
  std::vector<ByteString> members = {one_off_entry_id({"Ada", "SMTP", "ada@example.test"}), "\1\2\3"};
  item.properties.set({model::PropTag(static_cast<std::uint32_t>(0x8000'1102)),
                       model::lid_name(pset::kAddress, 0x8054), model::Value::of_elements(members), false});
  std::string note;
  const std::string card = written(item, &note);
  EXPECT_THAT(
      card,
      HasSubstr("VERSION:4.0\r\nKIND:group\r\nFN:Friends\r\nMEMBER;X-CN=Ada:mailto:ada@example.test\r\n"));
  EXPECT_THAT(note, HasSubstr("1 members"));
}

TEST(WriteVcard, CannotBeMadeToAddLines) {
  const std::string evil = "x\r\nEMAIL:evil@x.test\r\nEND:VCARD;,\\";
  model::Item item = contact();
  for (const auto id : {pid::kDisplayName, std::uint16_t{0x3A11}, std::uint16_t{0x3A08}, pid::kBody})
    item.properties.set_text(id, evil);
  for (const auto lid : {0x8083u, 0x8045u, 0x8062u}) set_lid(item.properties, lid, evil);
  const std::string card = written(item);
  EXPECT_THAT(card, Not(HasSubstr("\nEMAIL:")));
  EXPECT_EQ(card.find("\nEND:VCARD"), card.rfind("\nEND:VCARD"));
}

}  // namespace
}  // namespace mk::mime
