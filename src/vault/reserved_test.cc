// "Reserved bytes are zero; a reader refuses others", and a boolean is 0 or 1.  docs/formats/vault.md
#include "vault/checkpoint.h"
#include "vault/fixture_test.h"

namespace mk::vault {
namespace {

using Decode = std::function<bool(const ByteString&)>;

/// `good` is read, and is not with any of `n` bytes from `at` on changed so that one bit of it is set.
void expect_refused(const char* name, const ByteString& good, std::size_t at, std::size_t n,
                    const Decode& reads) {
  SCOPED_TRACE(name);
  ASSERT_TRUE(reads(good));
  for (std::size_t i = at; i < at + n; ++i) {
    ByteString bad = good;
    bad[i] = static_cast<char>(bad[i] | 0x40);
    EXPECT_FALSE(reads(bad)) << i;
  }
}

TEST(Reserved, BytesOfAPointAreRefused) {
  ByteString point;
  encode_facts_to(point, {1, 2, 3, "name"});
  expect_refused("POINT", point, 1, 7, [](const ByteString& bytes) {
    Reader in(as_bytes(bytes));
    return static_cast<bool>(read_facts(in));
  });
}

TEST(Reserved, ALongerNameThanPointsHaveIsRefused) {
  ByteString point;
  encode_facts_to(point, {1, 2, 3, std::string(kMaxPointName, 'n')});
  Reader longest(as_bytes(point));
  EXPECT_TRUE(read_facts(longest));
  ASSERT_EQ(point[24], 0);  // POINT.name_bytes, with a letter more
  point[24] = 1, point += 'n';
  Reader longer(as_bytes(point));
  EXPECT_EQ(read_facts(longer).error().code, Code::kCorrupt);
}

TEST(Reserved, BytesAndBooleansOfACheckpointAreRefused) {
  LogState::Parts parts;
  parts.packs[PackId{{1}}].was_live = true;
  parts.sessions[{7}].silent_since = FileTime{1};
  const Keys keys = derive_keys(VaultId{}, test_master());
  const ByteString bytes = encode_checkpoint(VaultId{}, keys, LogState(parts), {});
  const Decode reads = [](const ByteString& b) {
    return static_cast<bool>(decode_checkpoint(as_bytes(b), VaultId{}, nullptr));
  };
  const std::size_t pack = wire_size<CheckpointHead>(), session = pack + 72;
  expect_refused("PACKSTATE.was_live, reserved", bytes, pack + 33, 7, reads);
  expect_refused("SESSION.is_silent, reserved", bytes, session + 16, 8, reads);
}

TEST(Reserved, BytesOfAnInnerNodeAreRefused) {
  Node inner;
  inner.type = NodeType::kInner, inner.level = 1;
  inner.children = {{"a", 1, 1, {{1}}}, {"b", 1, 1, {{2}}}};
  const Chunk chunk = encode_node(inner);
  expect_refused("INNER", chunk.plain, 8 + 2, 6, [&](const ByteString& plain) {
    return static_cast<bool>(decode_node({ChunkKind::kNode, chunk.refs, plain}));
  });
}

TEST(Reserved, BytesOfAnIndexFileAreRefused) {
  constexpr std::size_t kHeader = 40;
  const auto mended = [](ByteString bytes) {
    const std::uint64_t sum = xxh3(as_bytes(bytes).subspan(kHeader));
    std::memcpy(bytes.data() + kHeader - 8, &sum, 8);
    return bytes;
  };
  ByteString index("MKINDEX1");
  index.append(16, '\0');
  append_le(index, std::uint32_t{1}), append_le(index, std::uint32_t{0}), append_le(index, std::uint64_t{0});
  encode_to(index, IndexPack{});
  expect_refused("INDEXPACK.kind, reserved", index, kHeader + 32, 8, [&](const ByteString& bytes) {
    return static_cast<bool>(decode_index(as_bytes(mended(bytes)), VaultId{}));
  });
}

}  // namespace
}  // namespace mk::vault
