#include "pst/check/conversation.h"

#include "base/hash.h"
#include "base/text.h"

namespace mk::pst::check {
namespace {

constexpr std::uint32_t kConversationIdTag = 0x30130102;
constexpr std::uint16_t kTopic = 0x0070, kIndex = 0x0071, kId = 0x3013, kTracked = 0x3016;

ByteString conversation_of(Blocks& blocks, const Properties& pc) {
  constexpr std::size_t kGuidAt = 6, kGuidBytes = 16, kTopicBytes = 510;  // of up to 255 characters
  if (const Value* own = pc.find(kId)) return own->bytes;
  const Value* index = pc.find(kIndex, 0x102);
  if (index != nullptr && pc.integer(kTracked) != 0 && index->bytes.size() >= kGuidAt + kGuidBytes &&
      index->bytes[0] == 1)
    return index->bytes.substr(kGuidAt, kGuidBytes);
  const Value* topic = pc.find(kTopic, 0x1F);
  if (topic == nullptr || topic->size == 0) return {};
  const ByteString text = topic->data.is_null() ? topic->bytes.substr(0, kTopicBytes)
                                                : Data::open(blocks, topic->data).front(kTopicBytes);
  return ByteString(as_chars(md5(as_bytes(upper_utf16(as_bytes(text))))));
}

}  // namespace

void check_conversation(Blocks& blocks, Table& table, Bytes row, const Properties& message, Findings& out,
                        const Where& where) {
  const disk::TColDesc* column = table.column(kConversationIdTag);
  if (column == nullptr) return;
  const ByteString wanted = conversation_of(blocks, message);
  const Where at{&where, "column", kConversationIdTag, ""};
  const ByteString found = table.is_set(*column, row) ? table.cell(*column, row, at).bytes : ByteString();
  if (found != wanted) out.add("contents.conversation", at, shown(as_bytes(wanted)), shown(as_bytes(found)));
}

}  // namespace mk::pst::check
