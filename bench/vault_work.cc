// mk_vault_work fill VAULT KEYFILE N BYTES   a vault at an empty place with N objects of BYTES random bytes,
// each
//                                            a chunk, in the point `all`, and the first half of them in
//                                            `half`
// mk_vault_work one VAULT KEYFILE            reads one item of the newest point of the last mailbox
//
// What no command offers: so many chunks without so many files, and a single item. Prints the bytes it has
// stored or read.
#include <fmt/format.h>

#include <charconv>
#include <fstream>
#include <iterator>

#include "archive/point_names.h"
#include "archive/restore_point.h"
#include "base/time.h"
#include "vault/disk.h"
#include "vault/local_store.h"
#include "vault/session.h"

namespace mk::bench {
namespace {

/// Noise that no compressor shortens; not random enough for anything else.
ByteString noise(std::uint64_t seed, std::size_t n) {
  ByteString out;
  for (std::uint64_t z = (seed + 1) * 0x9E3779B97F4A7C15ULL; out.size() < n; z += 0x9E3779B97F4A7C15ULL) {
    const std::uint64_t y = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9ULL;
    append_le(out, y ^ (y >> 27));
  }
  out.resize(n);
  return out;
}

/// The first `n` of the objects; those that the vault has are found by what they are.
Status write_point(vault::Vault& vault, const std::string& name, std::uint64_t n, std::size_t bytes) {
  vault::Session session(vault);
  vault::TreeWriter tree(session, vault.keys().tree_cut);
  for (std::uint64_t i = 0; i < n; ++i) {
    const ByteString plain = noise(i, bytes);
    TRY_ASSIGN(const auto id, session.put(vault::ChunkKind::kData, {}, as_bytes(plain)));
    vault::Entry entry{fmt::format("object{:09}", i), {}, {}};
    entry.object.size = bytes, entry.object.depth = 0, entry.object.id = id;
    TRY(tree.add(std::move(entry)));
  }
  TRY_ASSIGN(const auto root, tree.finish());
  TRY(session.commit(name, root, to_file_time(system_clock().now())));
  return vault.refresh();
}

Result<std::uint64_t> fill(vault::Vault& vault, std::uint64_t n, std::size_t bytes) {
  TRY(write_point(vault, "all", n, bytes));
  TRY(write_point(vault, "half", n / 2, bytes));
  return n * bytes;
}

class Counter final : public ByteSink {
 public:
  Status write(Bytes bytes) override {
    count_ += bytes.size();
    return ok;
  }
  std::uint64_t count() const { return count_; }

 private:
  std::uint64_t count_ = 0;
};

Result<std::uint64_t> read_one(vault::Vault& vault) {
  const auto points = archive::mail_points(vault.points(), "");
  if (points.empty()) return Error{Code::kNotFound, "the vault holds no mailbox"};
  TRY_ASSIGN(const auto point, archive::RestorePoint::open(vault, points.back().point.root));
  std::optional<archive::ItemRecord> found;
  for (auto f = point->folders().begin(); f != point->folders().end() && !found; ++f)
    TRY(point->for_each_item(f->folder.id, {}, [&](const archive::ItemRecord& item) -> Result<bool> {
      found = item;
      return false;
    }));
  if (!found) return Error{Code::kNotFound, "the mailbox holds no item"};
  Counter out;
  TRY(point->read(*found, out));
  return out.count();
}

Result<std::uint64_t> work(const std::string& what, const char* dir, const char* key_file, std::uint64_t n,
                           std::size_t bytes) {
  std::ifstream in(key_file);
  const std::string text(std::istreambuf_iterator<char>(in), {});
  TRY_ASSIGN(const auto key, vault::parse_key(vault::SlotKind::kKeyFile, text));
  const auto store = vault::make_local_store(dir, vault::make_disk());
  TRY_ASSIGN(const auto vault, vault::Vault::open(*store, key));
  return what == "fill" ? fill(*vault, n, bytes) : read_one(*vault);
}

std::uint64_t number(std::string_view text) {
  std::uint64_t n = 0;
  std::from_chars(text.data(), text.data() + text.size(), n);
  return n;
}

}  // namespace
}  // namespace mk::bench

int main(int argc, char** argv) {
  const std::string what = argc > 1 ? argv[1] : "";
  const bool fills = what == "fill" && argc == 6;
  if (!fills && !(what == "one" && argc == 4)) {
    fmt::print(stderr, "usage: mk_vault_work fill VAULT KEYFILE N BYTES | one VAULT KEYFILE\n");
    return 2;
  }
  const auto done = mk::bench::work(what, argv[2], argv[3], fills ? mk::bench::number(argv[4]) : 0,
                                    fills ? mk::bench::number(argv[5]) : 0);
  if (done) {
    fmt::print("{}\n", *done);
    return 0;
  }
  fmt::print(stderr, "mk_vault_work: {}\n", done.error().what);
  return 1;
}
