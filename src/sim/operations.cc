#include "sim/operations.h"

namespace mk::sim {
namespace {

constexpr Operation kOperations[] = {
    {"GetFolder", get_folder, Version::k2007},
    {"FindFolder", find_folders, Version::k2007},
    {"CreateFolder", create_folder, Version::k2007},
    {"UpdateFolder", update_folder, Version::k2007},
    {"DeleteFolder", delete_folder, Version::k2007},
    {"MoveFolder", move_folder, Version::k2007},
    {"SyncFolderHierarchy", sync_folder_hierarchy, Version::k2007},
    {"SyncFolderItems", sync_folder_items, Version::k2007},
    {"FindItem", find_items, Version::k2007},
    {"GetItem", get_item, Version::k2007},
    {"GetAttachment", get_attachment, Version::k2007},
    {"ExportItems", export_items, Version::k2010Sp1},
    {"UploadItems", upload_items, Version::k2010Sp1},
    {"CreateItem", create_item, Version::k2007},
    {"UpdateItem", update_item, Version::k2007},
    {"DeleteItem", delete_item, Version::k2007},
    {"MoveItem", move_item, Version::k2007},
    {"CopyItem", copy_item, Version::k2007},
    {"ResolveNames", resolve_names, Version::k2007},
    {"ConvertId", convert_id, Version::k2007Sp1},
    {"GetServerTimeZones", get_server_time_zones, Version::k2010},
};

}  // namespace

const Operation* operation_named(std::string_view name) {
  for (const auto& o : kOperations)
    if (o.name == name) return &o;
  return nullptr;
}

}  // namespace mk::sim
