#pragma once
#include <memory>
#include <mutex>
#include <optional>

#include "model/item.h"
#include "pst/ndb/database.h"

namespace mk::pst {

/// The Windows code page that a store's 8-bit strings are in when neither they nor their item say it: the one
/// that its items name; 1252 when none does. ANSI stores name none themselves.
///
/// Bounds:  reads the properties of up to 32 items, when it is first asked
/// Threads: any
class StoreCodePage {
 public:
  explicit StoreCodePage(std::shared_ptr<const ndb::Database> db) : db_(std::move(db)) {}
  unsigned get() const;

 private:
  unsigned look_up() const;
  std::shared_ptr<const ndb::Database> db_;
  mutable std::mutex mutex_;
  mutable std::optional<unsigned> known_;
};

/// Gives 8-bit strings beyond ASCII the type that names their code page, where PropertyList::code_page()
/// would take another: PidTagMessageCodepage, else the Windows code page that goes with
/// PidTagInternetCodepage, which is that of mail on its way (50220 where strings are in 932), else the
/// store's. Bytes stay as they are.
void mark_code_page(model::Item& item, const StoreCodePage& store);
void mark_code_page(model::PropertyList& list, const StoreCodePage& store);

}  // namespace mk::pst
