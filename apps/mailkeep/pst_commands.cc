#include "pst_commands.h"

#include "pst_check_command.h"
#include "pst_copy_command.h"
#include "pst_dump_command.h"
#include "pst_export_command.h"
#include "pst_info_command.h"
#include "pst_list_command.h"
#include "pst_split_command.h"
#include "pst_tree_command.h"
#include "pst_vault_commands.h"

namespace mk::app {

void add_pst_commands(CLI::App& app, Action& action) {
  CLI::App* pst = app.add_subcommand(
      "pst", "Look into PST files, copy, merge, split and recover them, keep them in a vault");
  pst->require_subcommand(1);
  add_pst_info_command(*pst, action);
  add_pst_list_command(*pst, action);
  add_pst_tree_command(*pst, action);
  add_pst_dump_command(*pst, action);
  add_pst_copy_command(*pst, action);
  add_pst_split_command(*pst, action);
  add_pst_check_command(*pst, action);
  add_pst_export_command(*pst, action);
  add_pst_vault_commands(*pst, action);
  pst->footer(
      "Examples:\n  mailkeep pst info archive.pst\n  mailkeep pst tree archive.pst\n"
      "  mailkeep pst ls archive.pst --associated\n  mailkeep pst dump archive.pst --item 0x200024\n"
      "  mailkeep pst copy archive.pst inbox.pst --where folder=Inbox --where since=2024-01-01\n"
      "  mailkeep pst merge 2023.pst 2024.pst --to both.pst --skip-duplicates\n"
      "  mailkeep pst split archive.pst --to parts --size 20GB\n"
      "  mailkeep pst export archive.pst --to archive\n"
      "  mailkeep pst check archive.pst\n"
      "  mailkeep pst recover damaged.pst --to rescued.pst\n"
      "  mailkeep pst put archive.pst --to vault:/backup/vault --vault-key-file vault.key\n"
      "  mailkeep pst get --from vault:/backup/vault --vault-key-file vault.key --name archive --to "
      "back.pst");
}

}  // namespace mk::app
