// The terms of a --where expression, one on a line, asked about an item and folders.
#include "base/text.h"
#include "model/tags.h"
#include "pst/fuzz_input.h"
#include "pst/where.h"

using namespace mk;
namespace pid = mk::model::pid;

namespace {

model::PropertyList sample(std::string_view sender) {
  model::PropertyList p;
  p.set_text(pid::kMessageClass, "IPM.Note.SMIME");
  p.set_text(pid::kSenderName, sender);
  p.set_text(0x0C1F, "someone@example.test");
  p.add(model::PropTag(0x0E060040), le_bytes(std::uint64_t{0x01D7B29A00000000}));
  return p;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  std::vector<std::string> terms(1);
  for (const char c : as_chars(pst::fuzz_bytes(data, size)))
    if (c == '\n')
      terms.emplace_back();
    else
      terms.back() += c;
  const auto where = pst::Where::parse(terms);
  if (!where) return 0;
  for (const std::string_view path : {"", "Top/Inbox", "Top/Inbox/Ä/b"})
    static_cast<void>(where->takes_folder(path, path.substr(path.find('/') + 1)));
  for (const std::string_view sender : {"", "Someone Else", "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaab"})
    static_cast<void>(where->takes(sample(sender)));
  return 0;
}
