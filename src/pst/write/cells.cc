#include "pst/write/cells.h"

#include "model/tags.h"

namespace mk::pst::write {
namespace {

constexpr std::uint64_t kMaxCellBytes = std::uint64_t{1} << 20;

bool makes_cell(const Field& f) {
  namespace pid = model::pid;
  if (f.value.size() > kMaxCellBytes) return false;
  if (f.value.size() > 0) return true;
  return f.id == pid::kSubject || f.id == pid::kSentRepresentingName || f.id == pid::kConversationTopic;
}

}  // namespace

Status for_each_cell(const TableLayout& layout, const Fields& fields,
                     const std::function<Status(const disk::TColDesc&, Bytes)>& take) {
  for (const auto& column : layout.columns()) {
    const Field* f = fields.find_tag(column.tag);
    if (f == nullptr || !makes_cell(*f)) continue;
    if (!f->value.blob) {
      TRY(take(column, as_bytes(f->value.bytes)));
      continue;
    }
    TRY_ASSIGN(auto in, f->value.blob->open());
    TRY_ASSIGN(const ByteString loaded, read_all(*in, kMaxCellBytes));
    TRY(take(column, as_bytes(loaded)));
  }
  return ok;
}

Status set_cells(TableBuilder& table, const TableLayout& layout, const Fields& fields) {
  return for_each_cell(layout, fields,
                       [&](const disk::TColDesc& column, Bytes value) { return table.set(column, value); });
}

}  // namespace mk::pst::write
