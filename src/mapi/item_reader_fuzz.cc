#include "mapi/item_reader.h"

#include "mapi/item_writer.h"
#include "mapi/marker.h"
#include "mapi/verdict.h"

namespace {

using namespace mk;

ByteString exported(const model::Item& item) {
  ByteString out;
  StringSink sink(out);
  MK_CHECK(mapi::write_exported_item(item, sink));
  return out;
}

}  // namespace

// What can be read can be written, reads again as the same item, and writes as the same bytes.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto bytes = std::as_bytes(std::span(data, size));
  const auto blob = make_memory_blob(ByteString(as_chars(bytes)));
  auto in = make_memory_source(bytes);
  const auto verdict = mapi::check_exported_item(*in, {size, {}});
  auto item = mapi::read_exported_item(blob);
  MK_CHECK(item || verdict.wholeness == mapi::Wholeness::kNotWhole);
  if (!item) item = mapi::read_message_content(blob);
  if (!item) return 0;
  const ByteString once = exported(*item);
  auto again = mapi::read_exported_item(make_memory_blob(once));
  MK_CHECK(again);
  MK_CHECK(exported(*again) == once);
  ByteString marked;
  StringSink sink(marked);
  auto source = make_memory_source(as_bytes(once));
  const model::Property mark{model::PropTag(0x7F000003), {}, model::Value::of_bytes(le_bytes(1)), false};
  MK_CHECK(mapi::add_property(*source, mark, sink));
  auto read = mapi::read_exported_item(make_memory_blob(marked));
  MK_CHECK(read && read->properties.size() == again->properties.size() + 1);
  return 0;
}
