#pragma once
#include "archive/records.h"
#include "catalog/query.h"
#include "catalog_options.h"
#include "exit.h"

namespace mk::app {

/// What `points` and `items` show with --catalog.

void print_points(const std::vector<catalog::PointRow>& points);

/// A page of a restore point's folder, sorted; without a folder all folders.
struct ItemsView {
  vault::LogNumber point;
  std::string folder, after;
  std::string
      sort;  // empty: by date; // date and size begin with the newest and largest, subject and sender with A
  bool reverse = false, json = false;
  std::uint64_t limit = 100;
};
Status show_items(catalog::Database& db, const ItemsView& view);

/// A line, or with `json` an object, for each version; the object's `version` is what --after takes.
void print_versions(const std::vector<catalog::VersionRow>& versions, bool json);

}  // namespace mk::app
