#include "mime/eml.h"

#include <gmock/gmock.h>

#include "base/text.h"
#include "mime/address.h"
#include "mime/lzfu.h"
#include "model/tags.h"

namespace mk::mime {
namespace {

namespace pid = model::pid;
using model::PropTag;
using model::PropType;
using testing::HasSubstr;
using testing::Not;

std::string written(const model::Item& item) {
  std::string out;
  StringSink sink(out);
  const Status done = write_eml(item, sink);
  EXPECT_TRUE(done) << done.error().what;
  return out;
}
model::Item read(std::string_view mime) {
  auto item = read_eml(as_bytes(mime));
  EXPECT_TRUE(item) << item.error().what;
  return item ? *std::move(item) : model::Item{};
}
model::Item again(const model::Item& item) { return read(written(item)); }
std::string text(const model::PropertyList& list, std::uint16_t id) {
  return list.get_text(id).value_or("(none)");
}
std::string data_of(const model::Attachment& a) {
  const model::Property* p = a.properties.find(pid::kAttachDataBinary);
  return p == nullptr ? "(none)" : *p->value.load();
}

model::Item note(std::string_view subject = "Hello") {
  model::Item item;
  item.properties.set_text(pid::kMessageClass, "IPM.Note");
  item.properties.set_text(pid::kSubject, subject);
  set_address(item.properties, kSender, {"Ada Lovelace", "SMTP", "ada@example.test"});
  set_address(item.properties, kRepresenting, {"Ada Lovelace", "SMTP", "ada@example.test"});
  item.properties.set_time(pid::kClientSubmitTime, *parse_utc("2026-11-22T20:00:00Z"));
  item.properties.set_text(pid::kInternetMessageId, "<1@example.test>");
  return item;
}
void add_recipient(model::Item& item, std::int32_t type, const Address& a) {
  model::PropertyList r;
  r.set_integer32(pid::kRecipientType, type);
  set_address(r, kRecipient, a);
  item.recipients.push_back(std::move(r));
}
model::Attachment file(std::string_view name, std::string_view type, ByteString data) {
  model::Attachment a;
  a.properties.set_integer32(pid::kAttachMethod, model::kAttachByValue);
  a.properties.set_text(pid::kAttachLongFilename, name);
  a.properties.set_text(pid::kAttachMimeTag, type);
  a.properties.set_binary(pid::kAttachDataBinary, std::move(data));
  return a;
}

TEST(WriteEml, MakesHeadersFromProperties) {
  model::Item item = note("Grüße");
  add_recipient(item, 1, {"Charles Babbage", "SMTP", "charles@example.test"});
  add_recipient(item, 2, {"", "SMTP", "cc@example.test"});
  add_recipient(item, 3, {"Hidden", "EX", "/o=Org/cn=hidden"});
  item.properties.set_text(pid::kInReplyToId, "<0@example.test>");
  item.properties.set_integer32(pid::kImportance, 2);
  item.properties.set_text(pid::kBody, "Hi.\r\n");
  const std::string eml = written(item);
  for (const char* line :
       {"From: Ada Lovelace <ada@example.test>\r\n", "To: Charles Babbage <charles@example.test>\r\n",
        "Cc: <cc@example.test>\r\n", "Bcc: Hidden <IMCEAEX-_o=Org_cn=hidden@mailkeep.invalid>\r\n",
        "Date: Sun, 22 Nov 2026 20:00:00 +0000\r\n", "Subject: =?utf-8?B?R3LDvMOfZQ==?=\r\n",
        "Message-ID: <1@example.test>\r\n", "In-Reply-To: <0@example.test>\r\n", "Importance: high\r\n",
        "MIME-Version: 1.0\r\n", "\r\n\r\nHi.\r\n"})
    EXPECT_THAT(eml, HasSubstr(line));
  EXPECT_THAT(eml, Not(HasSubstr("Sender:")));
}

TEST(WriteEml, TakesTheSendersAddressWhenTheAuthorsIsMissing) {
  model::Item item;
  set_address(item.properties, kSender, {"Ada", "SMTP", "ada@example.test"});
  item.properties.set_text(kRepresenting.name, "Ada");
  EXPECT_THAT(written(item), HasSubstr("From: Ada <ada@example.test>\r\n"));
  EXPECT_THAT(written(item), Not(HasSubstr("Sender:")));
  item.properties.set_text(kRepresenting.name, "Charles");
  EXPECT_THAT(written(item), HasSubstr("From: Charles:;\r\nSender: Ada <ada@example.test>\r\n"));
}

TEST(WriteEml, KeepsTransportHeadersThatHaveNoProperty) {
  model::Item item = note();
  item.properties.set_text(pid::kTransportMessageHeaders,
                           "Received: from a.test\r\n\tby b.test; Sun, 22 Nov 2026 21:00:01 +0100\r\nDate: "
                           "Sun, 22 Nov 2026 21:00:00 +0100\r\n"
                           "Subject: changed since\r\nX-Spam: no\r\nContent-Type: text/html\r\nTo: "
                           "list@example.test\r\n\r\nX-Body: 1\r\n");
  const std::string eml = written(item);
  EXPECT_THAT(eml, HasSubstr("Received: from a.test"));
  EXPECT_THAT(eml, HasSubstr("X-Spam: no\r\n"));
  EXPECT_THAT(
      eml, HasSubstr("Date: Sun, 22 Nov 2026 21:00:00 +0100\r\n"));  // the same moment in the sender's zone
  EXPECT_THAT(eml, HasSubstr("To: list@example.test\r\n"));          // no recipients of its own
  EXPECT_THAT(eml, HasSubstr("Subject: Hello\r\n"));
  EXPECT_THAT(eml, Not(HasSubstr("changed since")));
  EXPECT_THAT(eml, Not(HasSubstr("text/html")));
  EXPECT_THAT(eml, Not(HasSubstr("X-Body")));
}

TEST(WriteEml, IsNotOpenToHeaderInjection) {
  const std::string evil = "x\r\nX-Evil: 1\r\n\r\nbody";
  model::Item item = note(evil);
  for (const auto id : {kSender.name, kSender.email, kSender.smtp, kRepresenting.name, kRepresenting.email,
                        kRepresenting.smtp, pid::kInternetMessageId, pid::kInReplyToId,
                        pid::kInternetReferences, pid::kConversationTopic})
    item.properties.set_text(id, evil);
  add_recipient(item, 1, {evil, "SMTP\r\nX-Evil: 1", evil});
  model::Attachment a = file(evil, "text/plain\r\nX-Evil: 1", "data");
  a.properties.set_text(pid::kAttachContentId, evil);
  a.properties.set_text(pid::kAttachContentLocation, evil);
  item.attachments.push_back(std::move(a));
  EXPECT_THAT(written(item), Not(HasSubstr("\nX-Evil")));
}

TEST(WriteEml, GivesTheSameBytesEachTimeAndIsAscii) {
  model::Item item = note("Ü");
  item.properties.set_text(pid::kBody, "grüß\r\n.\r\nFrom me\r\n--=_mailkeep_mixed_1\r\n");
  item.attachments.push_back(
      file("Übersicht 2026 – endgültig.pdf", "application/pdf", ByteString(5000, '\xFF')));
  const std::string eml = written(item);
  EXPECT_EQ(eml, written(item));
  EXPECT_TRUE(std::ranges::all_of(eml, [](char c) { return c > 0; }));
  std::size_t column = 0, longest = 0;
  for (const char c : eml) longest = std::max(longest, column = c == '\n' ? 0 : column + 1);
  EXPECT_LE(longest, 100u);
  const model::Item back = read(eml);
  EXPECT_EQ(text(back.properties, pid::kBody), text(item.properties, pid::kBody));
  ASSERT_EQ(back.attachments.size(), 1u);
  EXPECT_EQ(text(back.attachments[0].properties, pid::kAttachLongFilename), "Übersicht 2026 – endgültig.pdf");
  EXPECT_EQ(data_of(back.attachments[0]), ByteString(5000, '\xFF'));
}

TEST(WriteEml, LabelsHtmlWithItsOwnCharset) {
  const struct {
    const char* name;
    int code_page;
    ByteString html;
    const char *charset, *utf8;
  } kRows[] = {
      {"1252", 1252, "<p>caf\xE9</p>", "windows-1252", "<p>café</p>"},
      {"utf-8", 65001, "<p>caf\xC3\xA9</p>", "utf-8", "<p>café</p>"},
      {"greek", 28597, "<p>\xE1</p>", "iso-8859-7", "<p>α</p>"},
      {"japanese", 932, "<p>\x82\xA0</p>", "shift_jis", "<p>あ</p>"},
      {"says utf-8, is not", 65001, "<p>caf\xE9</p>", "windows-1252", "<p>café</p>"},
      {"says ascii, is not", 20127, "<p>caf\xC3\xA9</p>", "utf-8", "<p>café</p>"},
      {"ascii", 1252, "<p>a</p>", "us-ascii", "<p>a</p>"},
  };
  for (const auto& row : kRows) {
    SCOPED_TRACE(row.name);
    model::Item item = note();
    item.properties.set_binary(pid::kBodyHtml, row.html);
    item.properties.set_integer32(pid::kInternetCodepage, row.code_page);
    const std::string eml = written(item);
    EXPECT_THAT(eml, HasSubstr(std::string("text/html; charset=") + row.charset + "\r\n"));
    const model::Item back = read(eml);
    EXPECT_EQ(back.properties.get_binary(pid::kBodyHtml), row.html);
    const auto code_page =
        static_cast<unsigned>(back.properties.get_integer(pid::kInternetCodepage).value_or(0));
    EXPECT_EQ(*utf8_from_code_page(as_bytes(row.html), code_page), row.utf8);
  }
}

TEST(WriteEml, PutsReferredPicturesBesideTheHtml) {
  model::Item item = note();
  item.properties.set_text(pid::kBody, "text");
  item.properties.set_binary(pid::kBodyHtml, "<img src=\"cid:pic@1\">");
  model::Attachment pic = file("p.png", "image/png", "\x89PNG");
  pic.properties.set_text(pid::kAttachContentId, "<pic@1>");
  item.attachments.push_back(std::move(pic));
  item.attachments.push_back(file("a.txt", "text/plain", "attached"));
  const std::string eml = written(item);
  const std::size_t mixed = eml.find("multipart/mixed"), related = eml.find("multipart/related"),
                    alternative = eml.find("multipart/alternative");
  EXPECT_LT(mixed, related);
  EXPECT_LT(related, alternative);
  EXPECT_LT(alternative, eml.find("Content-ID: <pic@1>"));
  const model::Item back = read(eml);
  ASSERT_EQ(back.attachments.size(), 2u);
  EXPECT_EQ(text(back.attachments[0].properties, pid::kAttachContentId), "pic@1");
  EXPECT_EQ(back.attachments[0].properties.get_integer(pid::kAttachFlags), 4);
  EXPECT_EQ(back.attachments[1].properties.get_integer(pid::kAttachFlags), 0);
  EXPECT_EQ(data_of(back.attachments[1]), "attached");
  EXPECT_EQ(text(back.properties, pid::kBody), "text");
}

TEST(WriteEml, SaysWhatRtfSays) {
  model::Item html = note(), own = note(), broken = note();
  html.properties.set_binary(
      pid::kRtfCompressed, wrap_rtf("{\\rtf1\\ansi\\fromhtml1 {\\*\\htmltag64 <b>}x{\\*\\htmltag72 </b>}}"));
  own.properties.set_binary(pid::kRtfCompressed, wrap_rtf("{\\rtf1\\ansi {\\b bold} text}"));
  broken.properties.set_binary(pid::kRtfCompressed, "damaged beyond reading");
  EXPECT_EQ(again(html).properties.get_binary(pid::kBodyHtml), "<b>x</b>");
  const model::Item back = again(own);
  EXPECT_EQ(text(back.properties, pid::kBody), "bold text");
  EXPECT_EQ(back.properties.get_binary(pid::kRtfCompressed), own.properties.get_binary(pid::kRtfCompressed));
  const std::string eml = written(broken);
  EXPECT_THAT(eml, HasSubstr("Content-Description: body that cannot be read: "));
  ASSERT_EQ(read(eml).attachments.size(), 1u);
  EXPECT_EQ(data_of(read(eml).attachments[0]), "damaged beyond reading");
}

TEST(WriteEml, NestsEmbeddedMessagesUpToALimit) {
  const auto nested = [](int levels) {
    model::Item item = note("innermost");
    item.properties.set_text(pid::kBody, "core");
    for (int i = 0; i < levels; ++i) {
      model::Item outer = note("level");
      outer.attachments.emplace_back();
      outer.attachments.back().embedded = std::make_unique<model::Item>(std::move(item));
      item = std::move(outer);
    }
    return item;
  };
  const model::Item back = again(nested(model::kMaxEmbeddingDepth));
  const model::Item* at = &back;
  int levels = 0;
  for (; at->attachments.size() == 1 && at->attachments[0].embedded; ++levels)
    at = at->attachments[0].embedded.get();
  EXPECT_EQ(levels, model::kMaxEmbeddingDepth);
  EXPECT_EQ(text(at->properties, pid::kBody), "core");
  std::string out;
  StringSink sink(out);
  EXPECT_EQ(write_eml(nested(model::kMaxEmbeddingDepth + 1), sink).error().code, Code::kCorrupt);
}

TEST(WriteEml, TellsTheFactsOfAnAppointment) {
  model::Item item = note("Board");
  item.properties.set_text(pid::kMessageClass, "IPM.Appointment");
  model::PropertyList& list = item.properties;
  list.add({PropTag(0x8001, PropType::kTime), model::lid_name(model::pset::kAppointment, 0x820D),
            model::Value::of_bytes(le_bytes(parse_utc("2026-12-01T09:00:00Z")->ticks)), false});
  list.add({PropTag(0x8002, PropType::kString), model::lid_name(model::pset::kAppointment, 0x8208),
            model::Value::of_bytes(utf16_from_utf8("Room 1")), false});
  const std::string eml = written(item);
  EXPECT_THAT(eml, HasSubstr("Start: 2026-12-01T09:00:00Z\r\n"));
  EXPECT_THAT(eml, HasSubstr("Location: Room 1\r\n"));
}

TEST(WriteEml, PassesTheErrorOfADamagedAttachmentOn) {
  class Damaged : public Blob {
   public:
    std::uint64_t size() const override { return 100'000; }
    Result<std::unique_ptr<ByteSource>> open(std::uint64_t) const override {
      return Error{Code::kCorrupt, "block 7"};
    }
  };
  model::Item item = note();
  item.attachments.push_back(file("a", "text/plain", ""));
  item.attachments[0].properties.set({PropTag(pid::kAttachDataBinary, PropType::kBinary),
                                      {},
                                      model::Value::of_blob(std::make_shared<Damaged>()),
                                      false});
  std::string out;
  StringSink sink(out);
  const Status done = write_eml(item, sink);
  ASSERT_FALSE(done);
  EXPECT_EQ(done.error().what, "block 7");
}

constexpr std::string_view kSigned =
    "From: a@x.test\r\nSubject: signed\r\nMIME-Version: 1.0\r\n"
    "Content-Type: multipart/signed; protocol=\"application/pkcs7-signature\"; micalg=sha-256; "
    "boundary=b1\r\n\r\n"
    "preamble \r\n--b1\r\nContent-Type: text/plain\r\n\r\nsigned  text \r\n--b1\r\n"
    "Content-Type: application/pkcs7-signature\r\nContent-Transfer-Encoding: "
    "base64\r\n\r\nMIAG\r\n--b1--\r\nepilogue";

TEST(Eml, PassesClearSignedContentUntouched) {
  const model::Item item = read(kSigned);
  EXPECT_EQ(text(item.properties, pid::kMessageClass), "IPM.Note.SMIME.MultipartSigned");
  ASSERT_EQ(item.attachments.size(), 1u);
  EXPECT_EQ(text(item.attachments[0].properties, pid::kAttachMimeTag), "multipart/signed");
  EXPECT_EQ(text(item.properties, pid::kBody), "signed  text ");
  const std::string eml = written(item);
  const std::string_view content = kSigned.substr(kSigned.find("\r\n\r\n"));
  EXPECT_TRUE(eml.ends_with(content)) << eml;
  EXPECT_EQ(data_of(read(eml).attachments.at(0)), data_of(item.attachments[0]));
}

TEST(Eml, PassesEncryptedContentUntouched) {
  const model::Item item = read(
      "From: a@x.test\r\nContent-Type: application/x-pkcs7-mime; smime-type=enveloped-data; "
      "name=smime.p7m\r\n"
      "Content-Transfer-Encoding: base64\r\n\r\nMIAGCSqGSIb3DQEHA6CA\r\n");
  EXPECT_EQ(text(item.properties, pid::kMessageClass), "IPM.Note.SMIME");
  const std::string eml = written(item);
  EXPECT_THAT(eml, HasSubstr("smime-type=enveloped-data"));
  EXPECT_THAT(eml, HasSubstr("MIAGCSqGSIb3DQEHA6CA\r\n"));
}

TEST(ReadEml, SetsTheMainProperties) {
  const model::Item item = read(
      "\xEF\xBB\xBF"
      "Received: from x by y; Sun, 22 Nov 2026 20:05:00 +0000\r\nFrom: =?iso-8859-1?Q?Zo=EB?= "
      "<zoe@example.test>\r\n"
      "Sender: secretary@example.test\r\nTo: \"Babbage, Charles\" <charles@example.test>, "
      "list@example.test\r\nCc: c@x.test\r\n"
      "Subject: RE: =?utf-8?B?R3LDvMOfZQ==?=\r\nDate: Sun, 22 Nov 2026 21:00:00 +0100\r\nMessage-ID: "
      "<1@x>\r\nReferences: <0@x>\r\n"
      "Importance: High\r\nKeywords: red, \"a, b\", =?utf-8?B?w7w=?=\r\nReply-To: Desk "
      "<desk@x.test>\r\n\r\nHi\r\n");
  const model::PropertyList& list = item.properties;
  const struct {
    std::uint16_t id;
    const char* expected;
  } kRows[] = {{pid::kSubject, "RE: Grüße"},
               {pid::kSubjectPrefix, "RE: "},
               {pid::kNormalizedSubject, "Grüße"},
               {pid::kConversationTopic, "Grüße"},
               {kRepresenting.name, "Zoë"},
               {kRepresenting.smtp, "zoe@example.test"},
               {kSender.name, "secretary@example.test"},
               {pid::kDisplayTo, "Babbage, Charles; list@example.test"},
               {pid::kDisplayCc, "c@x.test"},
               {pid::kInternetMessageId, "<1@x>"},
               {pid::kInternetReferences, "<0@x>"},
               {pid::kBody, "Hi\r\n"},
               {pid::kMessageClass, "IPM.Note"}};
  for (const auto& row : kRows) EXPECT_EQ(text(list, row.id), row.expected) << model::tag_name(row.id);
  EXPECT_EQ(list.get_time(pid::kClientSubmitTime), *parse_utc("2026-11-22T20:00:00Z"));
  EXPECT_EQ(list.get_time(pid::kMessageDeliveryTime), *parse_utc("2026-11-22T20:05:00Z"));
  EXPECT_EQ(list.get_integer(pid::kImportance), 2);
  EXPECT_EQ(list.get_integer(pid::kMessageFlags), 0);
  EXPECT_EQ(list.get_binary(pid::kSearchKey)->size(), 16u);
  EXPECT_EQ(list.get_binary(pid::kConversationIndex)->size(), 22u);
  EXPECT_THAT(text(list, pid::kTransportMessageHeaders), HasSubstr("Received: from x"));
  ASSERT_EQ(item.recipients.size(), 3u);
  EXPECT_EQ(parse_one_off(as_bytes(*item.recipients[0].get_binary(pid::kEntryId)))->name, "Babbage, Charles");
  const auto* keywords = list.find(model::string_name(model::pset::kPublicStrings, "Keywords"));
  ASSERT_NE(keywords, nullptr);
  ASSERT_EQ(keywords->value.elements().size(), 3u);
  EXPECT_EQ(utf8_from_utf16(as_bytes(keywords->value.elements()[1])), "a, b");
  const std::string eml = written(item);
  EXPECT_THAT(eml, HasSubstr("Keywords: red, \"a, b\", =?utf-8?B?w7w=?=\r\n"));
  EXPECT_THAT(eml, HasSubstr("Reply-To: Desk <desk@x.test>\r\n"));
  EXPECT_THAT(eml, HasSubstr("Sender: <secretary@example.test>\r\n"));
}

TEST(ReadEml, ReadsBodiesInTheirCharsets) {
  const struct {
    const char *name, *headers, *body, *text;
  } kRows[] = {
      {"none", "", "caf\xC3\xA9", "café"},
      {"none, not utf-8", "", "caf\xE9", "café"},
      {"latin 1", "Content-Type: text/plain; charset=ISO-8859-1\n", "caf\xE9", "café"},
      {"quoted", "Content-Type: text/plain; charset=utf-8\nContent-Transfer-Encoding: quoted-printable\n",
       "caf=C3=A9 =\nx", "café x"},
      {"base64", "Content-Type: text/plain; charset=\"KOI8-R\"\nContent-Transfer-Encoding: base64\n",
       "8NLJ18XU", "Привет"},
      {"iso-2022-jp", "Content-Type: text/plain; charset=iso-2022-jp\n", "\x1B$B$\"\x1B(B", "あ"},
      {"utf-16 by iconv's name",
       "Content-Type: text/plain; charset=utf-16be\nContent-Transfer-Encoding: base64\n", "AGEA6Q==", "aé"},
      {"unknown", "Content-Type: text/plain; charset=x-klingon\n", "abc", "abc"},
      {"ascii that is not", "Content-Type: text/plain; charset=us-ascii\n", "\xE9", "é"},
  };
  for (const auto& row : kRows) {
    SCOPED_TRACE(row.name);
    EXPECT_EQ(
        text(read(std::string("From: a@x.test\n") + row.headers + "\n" + row.body).properties, pid::kBody),
        row.text);
  }
}

TEST(ReadEml, KeepsEveryPartThatIsNotTheBody) {
  const model::Item item = read(
      "Content-Type: multipart/mixed; boundary=b\n\n--b\nContent-Type: text/plain\n\none\n--b\nContent-Type: "
      "text/plain\n\ntwo\n"
      "--b\nContent-Type: text/calendar\n\nBEGIN:VCALENDAR\n--b\nContent-Type: message/rfc822\n\nSubject: "
      "inner\n\ninside\n"
      "--b\nContent-Disposition: attachment; filename*=utf-8''%C3%BC.bin\nContent-Transfer-Encoding: "
      "base64\n\nAAEC\n--b--\n");
  EXPECT_EQ(text(item.properties, pid::kBody), "one");
  ASSERT_EQ(item.attachments.size(), 4u);
  EXPECT_EQ(data_of(item.attachments[0]), "two");
  EXPECT_EQ(text(item.attachments[1].properties, pid::kAttachLongFilename), "calendar.ics");
  ASSERT_NE(item.attachments[2].embedded, nullptr);
  EXPECT_EQ(text(item.attachments[2].embedded->properties, pid::kSubject), "inner");
  EXPECT_EQ(text(item.attachments[3].properties, pid::kAttachLongFilename), "ü.bin");
  EXPECT_EQ(text(item.attachments[3].properties, pid::kAttachFilename), "file.bin");
  EXPECT_EQ(data_of(item.attachments[3]), ByteString("\0\1\2", 3));
  EXPECT_EQ(item.properties.get_integer(pid::kMessageFlags), model::kFlagHasAttach);
}

TEST(ReadEml, MarksDraftsUnsent) {
  const model::Item item = read("X-Unsent: 1\nSubject: draft\n\n");
  EXPECT_EQ(item.properties.get_integer(pid::kMessageFlags), model::kFlagUnsent | model::kFlagRead);
  EXPECT_THAT(written(item), HasSubstr("X-Unsent: 1\r\n"));
}

TEST(ReadEml, RefusesWhatIsNoMessage) {
  EXPECT_EQ(read_eml({}).error().code, Code::kCorrupt);
  EXPECT_EQ(read_eml(as_bytes("\r\n\r\n")).error().code, Code::kCorrupt);
  EXPECT_EQ(read_eml(as_bytes("A: " + std::string(2 << 20, 'x') + "\n\n")).error().code, Code::kCorrupt);
  std::string many = "To: ";
  for (int i = 0; i < 10'001; ++i) many += "a" + std::to_string(i) + "@x.test,";
  EXPECT_EQ(read_eml(as_bytes(many + "\n\n")).error().code, Code::kUnsupported);
  std::string parts = "Content-Type: multipart/mixed; boundary=b\n\n";
  for (int i = 0; i < 10'010; ++i) parts += "--b\nContent-Type: image/png\n\nx\n";
  EXPECT_EQ(read_eml(as_bytes(parts)).error().code, Code::kUnsupported);
}

TEST(ReadEml, BearsGarbage) {
  for (const char* mime :
       {"garbage", ":", "\n", "From ", "From x\n", "Content-Type: multipart/mixed\n\n--\n", "Subject",
        "Date: Tue, 99 Foo\n\n", "Content-Type: multipart/mixed; boundary=\"\"\n\n----\n--",
        "Content-Type: message/rfc822\n\n", "Content-Type: ;;;=\n\n", "To: <<<>>>,,,;;;:::\"\n\n",
        "Thread-Index: !!!\nKeywords: ,,\",\n\n"})
    if (auto item = read_eml(as_bytes(std::string_view(mime)))) written(*item);
}

TEST(ReadEml, KeepsWhatIsNestedTooDeep) {
  std::string mime;
  for (int i = 0; i < 200; ++i)
    mime += "Content-Type: multipart/mixed; boundary=b" + std::to_string(i) + "\n\n--b" + std::to_string(i) +
            "\n";
  mime += "Content-Type: text/plain\n\ndeep\n";
  const model::Item item = read(mime);
  ASSERT_EQ(item.attachments.size(), 1u);
  EXPECT_THAT(data_of(item.attachments[0]), HasSubstr("deep"));
}

}  // namespace
}  // namespace mk::mime
