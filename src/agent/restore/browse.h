#pragma once
#include "agent/restore/open_state.h"
#include "catalog/query.h"
#include "mime/export.h"

namespace mk::agent {

/// A folder of a restore point, parents first.
struct FolderView {
  std::string id, path, folder_class;
  std::uint64_t items = 0, associated = 0;
};
std::vector<FolderView> list_folders(const OpenState& open);

struct ItemView {
  std::string id, folder;  // ids
  model::ItemLabel label;
  std::string item_class;
  std::uint64_t bytes = 0;
  bool read = false, attachments = false, associated = false;
};
struct ItemsQuery {
  std::string folder;                   // path or id:...
  std::optional<catalog::Order> order;  // nothing: as they are kept
  bool descending = true;
  std::string after;        // begin behind this item; empty: at the beginning
  std::size_t limit = 100;  // 1 to 1000
};
struct ItemsPage {
  std::vector<ItemView> items;
  bool more = false;       // the next page begins behind the last one
  std::uint64_t lost = 0;  // items of this part of the folder that cannot be listed any more
};
/// Items of a folder. The cost in a vault is that of the page; in a plain directory that of the folder, and
/// only the kept order is there.
/// Errors: kNotFound  no such folder, or `after` is not in it; kUnsupported  an order in a plain directory;
/// those of the point and of the catalog
Result<ItemsPage> list_items(const OpenState& open, const ItemsQuery& query, const Workshop& workshop);

/// One item with all that is kept of it. `folder`: path or id:...
/// Errors: kNotFound  no such folder or item; those of the point
Result<model::Item> read_item(const OpenState& open, const std::string& folder, const std::string& item);

/// An item as a file that other programs read.
struct ItemFile {
  std::string name, content_type;
  BlobPtr content;   // above 1 MiB in a temporary file
  std::string note;  // what has no place in this form; empty: nothing
};
/// Without a form: the one that keeps most.  Errors: those of mime::write_item()
Result<ItemFile> item_file(const model::Item& item, std::optional<mime::Form> form);

}  // namespace mk::agent
