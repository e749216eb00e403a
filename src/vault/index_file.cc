#include "vault/index_file.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>

#include "base/file.h"

namespace mk::vault {
namespace {

struct IndexHeader {
  static constexpr char kName[] = "INDEXHEADER";
  std::array<char, 8> magic{'M', 'K', 'I', 'N', 'D', 'E', 'X', '1'};
  VaultId vault;
  std::uint32_t n_packs = 0, n_rows = 0;
  std::uint64_t body_xxh3 = 0;
  static constexpr void fields(auto& io, auto& t) {
    io("magic", t.magic), io("vault", t.vault), io("n_packs", t.n_packs), io("n_rows", t.n_rows);
    io("body_xxh3", t.body_xxh3);
  }
};
static_assert(wire_size<IndexHeader>() == 40);
constexpr std::size_t kHeaderBytes = wire_size<IndexHeader>();

Error corrupt(std::string_view what) { return {Code::kCorrupt, "INDEXHEADER: " + std::string(what)}; }

Result<Bytes> map(const std::filesystem::path& path) {
  const int fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (fd < 0) return Error{Code::kNotFound, "cannot open " + path.string()};
  struct stat is{};
  void* at = MAP_FAILED;
  const bool known = ::fstat(fd, &is) == 0;
  const auto size = static_cast<std::size_t>(is.st_size);
  if (known && size >= kHeaderBytes) at = ::mmap(nullptr, size, PROT_READ, MAP_PRIVATE, fd, 0);
  ::close(fd);
  if (at == MAP_FAILED) return Error{Code::kTruncated, path.string() + ": too short for an index"};
  return Bytes(static_cast<const std::byte*>(at), size);
}

Status write_rows(FileSink& out, const IndexFile::Content& c, std::uint32_t& n_rows) {
  auto a = c.a.begin(), b = c.b.begin();
  while (a != c.a.end() || b != c.b.end()) {
    const bool from_a = b == c.b.end() || (a != c.a.end() && a->id < b->id);
    IndexRow row = from_a ? *a++ : *b++;
    row.pack = c.numbers[row.pack];
    if (row.pack == IndexFile::kGone) continue;
    TRY(out.write(std::as_bytes(std::span(&row, 1))));
    ++n_rows;
  }
  return out.flush();
}

}  // namespace

Result<IndexTable> decode_index(Bytes bytes, const VaultId& vault) {
  Reader r(bytes);
  IndexHeader h;
  IndexTable table;
  IndexHeader::fields(r, h);
  if (h.magic != IndexHeader{}.magic || h.vault != vault) return corrupt("not an index of this vault");
  r.list("packs", h.n_packs, table.packs);
  if (!r.ok()) return r.error(IndexHeader::kName);
  if (r.left() != std::uint64_t{h.n_rows} * sizeof(IndexRow) ||
      xxh3(bytes.subspan(kHeaderBytes)) != h.body_xxh3)
    return corrupt("damaged");
  for (const IndexPack& p : table.packs)
    if (p.kind < ChunkKind::kData || p.kind > ChunkKind::kNode || p.reserved != IndexPack{}.reserved)
      return corrupt("packs that no index has");
  // header and packs are multiples of 4 bytes long
  table.rows = {reinterpret_cast<const IndexRow*>(bytes.subspan(r.pos()).data()), h.n_rows};
  ChunkId last;
  for (const IndexRow& row : table.rows) {
    if (row.pack >= table.packs.size() || row.id < last) return corrupt("rows that no index has");
    last = row.id;
  }
  return table;
}

IndexFile::IndexFile(IndexFile&& other) noexcept
    : mapped_(std::exchange(other.mapped_, {})), table_(std::move(other.table_)) {}

IndexFile& IndexFile::operator=(IndexFile&& other) noexcept {
  std::swap(mapped_, other.mapped_);
  std::swap(table_, other.table_);
  return *this;
}

IndexFile::~IndexFile() {
  if (!mapped_.empty()) ::munmap(const_cast<std::byte*>(mapped_.data()), mapped_.size());
}

Result<IndexFile> IndexFile::open(const std::filesystem::path& path, const VaultId& vault) {
  TRY_ASSIGN(const Bytes mapped, map(path));
  IndexFile file(mapped);
  auto table = decode_index(mapped, vault);
  if (!table) return std::move(table).error().in(path.string());
  file.table_ = *std::move(table);
  return file;
}

Status IndexFile::write(const std::filesystem::path& path, const VaultId& vault, const Content& content) {
  TRY(mk::create_directories(path.parent_path()));
  const std::filesystem::path temporary =
      path.string() + "." + to_hex(as_bytes(random_bytes(8)));  // another process may write one too
  const auto write = [&]() -> Status {
    TRY_ASSIGN(File file, File::open(temporary, File::Mode::kCreateNew));
    IndexHeader h;
    h.vault = vault;
    h.n_packs = static_cast<std::uint32_t>(content.packs.size());
    FileSink out(file);
    TRY(out.write(as_bytes(encode(h))));
    for (const IndexPack& p : content.packs) TRY(out.write(as_bytes(encode(p))));
    TRY(write_rows(out, content, h.n_rows));
    {
      TRY_ASSIGN(const Bytes mapped, map(temporary));
      const IndexFile whole(mapped);
      h.body_xxh3 = xxh3(mapped.subspan(kHeaderBytes));
    }
    TRY(file.write_at(0, as_bytes(encode(h))));
    return rename_durably(temporary, path);
  };
  Status done = write();
  std::error_code ignored;
  if (!done) std::filesystem::remove(temporary, ignored);
  return done;
}

}  // namespace mk::vault
