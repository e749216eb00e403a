#include "job/pst_examine.h"

#include "base/file.h"
#include "job/pst_regenerate.h"

namespace mk::job {
namespace {

using archive::PstKept;

Status write_order(const PstToExamine& pst, ExaminedPst& examined, const std::atomic<bool>* cancel) {
  TRY_ASSIGN(File file, File::open(examined.order, File::Mode::kCreate));
  FileSink out(file);
  for (const auto& place : pst::written_items(pst.file, pst.layout, pst.lost)) {
    if (cancel != nullptr && *cancel) return Error{Code::kCancelled, "interrupted"};
    archive::PstItem item{place, 0, {}};
    TRY_ASSIGN(const bool is_held, pst.find(item));
    ++(is_held ? examined.record.items : examined.record.lost);
    if (!is_held) continue;
    ByteString wire;
    archive::encode_to(wire, item);
    TRY(out.write(as_bytes(wire)));
  }
  return out.flush();
}

Status write_layout(const PstToExamine& pst, const ExaminedPst& examined) {
  TRY_ASSIGN(const ByteString text, archive::encode(pst.layout));
  TRY_ASSIGN(File file, File::open(examined.layout, File::Mode::kCreate));
  return file.write_at(0, as_bytes(text));
}

}  // namespace

Result<ExaminedPst> examine_pst(const PstToExamine& pst, const std::filesystem::path& directory,
                                const std::atomic<bool>* cancel) {
  ExaminedPst examined;
  examined.path = pst.path;
  examined.layout = directory / (pst.path.filename().string() + ".layout");
  examined.order = directory / (pst.path.filename().string() + ".order");
  archive::PstRecord& record = examined.record;
  record.file = pst.path.filename().string();
  record.writer = pst.layout.writer;
  record.kept = pst.layout.writer == 0 ? PstKept::kContent : PstKept::kRegenerated;
  TRY_ASSIGN(record.sha256, sha256_of(pst.path));
  std::error_code failed;
  record.bytes = std::filesystem::file_size(pst.path, failed);
  TRY(write_order(pst, examined, cancel));
  if (record.lost > 0) record.kept = PstKept::kContent;
  TRY(write_layout(pst, examined));
  return examined;
}

Result<ExaminedPst> examine_written_pst(const std::filesystem::path& path, const PlacedKeys& keys,
                                        const std::filesystem::path& directory,
                                        const std::atomic<bool>* cancel) {
  TRY_ASSIGN(const auto file, pst::PstFile::open(path));
  TRY_ASSIGN(const auto layout, pst::read_layout(*file));
  const auto find = [&](archive::PstItem& item) -> Result<bool> {
    const auto key = keys.find(item.place.nid.value);
    if (key == keys.end()) return false;
    item.key = key->second;
    if (item.place.nid.type() != pst::NidType::kAssocMessage) return true;
    std::vector<pst::Nid> embedded;
    TRY(pst::read_placed_item(*file, item.place, embedded));
    return true;
  };
  std::vector<std::string> notes;
  const auto lost = [&](const pst::FileLayout::Folder&, const Error& e) { notes.push_back(e.what); };
  TRY_ASSIGN(ExaminedPst examined, examine_pst({path, *file, layout, find, lost}, directory, cancel));
  examined.notes = std::move(notes);
  return examined;
}

}  // namespace mk::job
