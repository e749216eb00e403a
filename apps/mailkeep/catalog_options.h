#pragma once
#include <CLI/CLI.hpp>
#include <memory>
#include <string>

#include "catalog/catalog.h"
#include "mail_vault.h"

namespace mk::app {

/// Adds --catalog.
void add_catalog_option(CLI::App& command, std::string& place);

/// The catalog of a vault, brought to the newest state of it. Says on standard error when it was made just
/// now, and which points cannot be read. Errors: as Catalog::open() and update()
Result<std::unique_ptr<catalog::Catalog>> open_catalog(const std::string& place, MailVault& vault);

}  // namespace mk::app
