#pragma once
// Private to sim: one function an operation, grouped by file as named.
#include "sim/call.h"

namespace mk::sim {

// folder_reading.cc
OpResult get_folder(Call& call);
OpResult find_folders(Call& call);
// folder_writing.cc
OpResult create_folder(Call& call);
OpResult update_folder(Call& call);
OpResult delete_folder(Call& call);
OpResult move_folder(Call& call);
// sync.cc
OpResult sync_folder_hierarchy(Call& call);
OpResult sync_folder_items(Call& call);
// find_item.cc
OpResult find_items(Call& call);
// item_reading.cc
OpResult get_item(Call& call);
OpResult get_attachment(Call& call);
// transfer.cc
OpResult export_items(Call& call);
OpResult upload_items(Call& call);
// item_writing.cc
OpResult create_item(Call& call);
OpResult update_item(Call& call);
// item_moving.cc
OpResult delete_item(Call& call);
OpResult move_item(Call& call);
OpResult copy_item(Call& call);
// directory.cc
OpResult resolve_names(Call& call);
OpResult convert_id(Call& call);
OpResult get_server_time_zones(Call& call);

struct Operation {
  std::string_view name;
  OpResult (*run)(Call&);
  Version since;
};
const Operation* operation_named(std::string_view name);

}  // namespace mk::sim
