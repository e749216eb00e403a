// What others make of our files: Python's email package reads what write_eml wrote.
#include <gtest/gtest.h>
#include <unistd.h>

#include <cstdio>
#include <filesystem>
#include <fstream>

#include "base/hash.h"
#include "mime/address.h"
#include "mime/eml.h"
#include "model/tags.h"

namespace mk::mime {
namespace {

namespace pid = model::pid;
constexpr const char* kPython = "/usr/bin/python3";

/// Prints what it sees of the file it is given, one fact a line; defects (of the parser's own finding) too.
constexpr const char* kReader = R"(
import email, email.policy, hashlib, sys
def show(m, depth):
    p = '  ' * depth
    for h in ('Subject', 'From', 'To', 'Cc'):
        if m[h] is not None: print(f'{p}{h}: {m[h]}')
    walk(m, depth)
def walk(m, depth):
    p = '  ' * depth
    for d in m.defects: print(f'{p}defect {d!r}')
    if m.get_content_type() == 'message/rfc822': print(p + 'message'); show(m.get_content(), depth + 1)
    elif m.is_multipart():
        print(p + m.get_content_type())
        for part in m.iter_parts(): walk(part, depth + 1)
    elif m.get_content_maintype() == 'text' and not m.get_filename():
        print(f'{p}{m.get_content_type()}: {m.get_content().strip()}')
    else: print(f'{p}file {m.get_filename()} {m.get_content_type()} {hashlib.sha256(m.get_payload(decode=True)).hexdigest()[:16]}')
show(email.message_from_binary_file(open(sys.argv[1], 'rb'), policy=email.policy.default), 0)
)";

std::string seen_by_python(const model::Item& item) {
  const auto dir = std::filesystem::path(testing::TempDir()) / ("mk_eml_" + std::to_string(getpid()));
  std::filesystem::create_directories(dir);
  ByteString eml;
  StringSink sink(eml);
  EXPECT_TRUE(write_eml(item, sink));
  std::ofstream(dir / "a.eml", std::ios::binary) << eml;
  std::ofstream(dir / "reader.py") << kReader;
  const std::string command =
      std::string(kPython) + " -X utf8 " + (dir / "reader.py").string() + " " + (dir / "a.eml").string();
  std::string out;
  if (std::FILE* pipe = popen(command.c_str(), "r")) {
    char line[1024];
    while (std::fgets(line, sizeof line, pipe) != nullptr) out += line;
    EXPECT_EQ(pclose(pipe), 0);
  }
  std::filesystem::remove_all(dir);
  return out;
}

model::Item letter(const std::string& subject) {
  model::Item item;
  item.properties.set_text(pid::kMessageClass, "IPM.Note");
  item.properties.set_text(pid::kSubject, subject);
  set_address(item.properties, kRepresenting, {"Lovelace, Ada „Zoë“", "SMTP", "ada@example.test"});
  model::PropertyList r;
  r.set_integer32(pid::kRecipientType, 1);
  set_address(r, kRecipient, {"チャールズ", "SMTP", "charles@example.test"});
  item.recipients.push_back(std::move(r));
  return item;
}

TEST(WriteEml, IsReadByPython) {
  if (!std::filesystem::exists(kPython)) GTEST_SKIP() << "no Python here";
  const std::string long_subject = "Übergröße " + std::string(120, 'x') + " 😀 end";
  model::Item item = letter(long_subject);
  item.properties.set_text(pid::kBody, "grüß dich = 100 %");
  item.properties.set_binary(pid::kBodyHtml, "<p>caf\xE9</p><img src='cid:p@1'>");
  item.properties.set_integer32(pid::kInternetCodepage, 1252);
  const ByteString data(100'000, '\x7F');
  for (const char* name :
       {"p.png", "Ein sehr langer Name, mit Übergrößen und \"Zeichen\" – 日本語の添付ファイルの名前.png"}) {
    model::Attachment a;
    a.properties.set_text(pid::kAttachLongFilename, name);
    a.properties.set_text(pid::kAttachMimeTag, "image/png");
    if (item.attachments.empty()) a.properties.set_text(pid::kAttachContentId, "p@1");
    a.properties.set_binary(pid::kAttachDataBinary, data);
    item.attachments.push_back(std::move(a));
  }
  item.attachments.emplace_back();
  item.attachments.back().embedded = std::make_unique<model::Item>(letter("inner"));
  item.attachments.back().embedded->properties.set_text(pid::kBody, "inside");
  const Sha256Digest digest = sha256(as_bytes(data));
  const std::string hash = to_hex(Bytes(digest).first(8));
  const std::string people = "From: \"Lovelace, Ada „Zoë“\" <ada@example.test>\n";
  EXPECT_EQ(seen_by_python(item),
            "Subject: " + long_subject + "\n" + people + "To: チャールズ <charles@example.test>\n" +
                "multipart/mixed\n  multipart/related\n    multipart/alternative\n      text/plain: grüß "
                "dich = 100 %\n"
                "      text/html: <p>café</p><img src='cid:p@1'>\n    file p.png image/png " +
                hash +
                "\n  file Ein sehr langer Name, mit Übergrößen und \"Zeichen\" – "
                "日本語の添付ファイルの名前.png image/png " +
                hash + "\n  message\n    Subject: inner\n    " + people +
                "    To: チャールズ <charles@example.test>\n    text/plain: inside\n");
}

}  // namespace
}  // namespace mk::mime
