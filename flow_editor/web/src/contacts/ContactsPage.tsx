/** All contacts, and all lists of callers. */
import { Button, Tabs } from "@mantine/core";
import { IconAddressBook, IconListCheck, IconTableImport } from "@tabler/icons-react";
import { useState } from "react";
import { useLocation } from "wouter";
import { useMay } from "../accounts/session";
import type { components } from "../api/schema";
import { PageHeader } from "../shared/PageHeader";
import { useFormats, useLanguage, useTexts } from "../texts";
import { CONTACTS, LISTS } from "../things/kinds";
import { ThingList } from "../things/ThingList";
import { Import } from "./Import";
import { contactTexts } from "./texts";

type Contact = components["schemas"]["ContactsList.ContactLine"];
type List = components["schemas"]["ListsList.ListLine"];

export default function ContactsPage() {
  const t = useTexts(contactTexts);
  const formats = useFormats();
  const names = new Intl.DisplayNames([useLanguage()], { type: "language" });
  const [path, go] = useLocation();
  const [importing, setImporting] = useState(false);
  const may = useMay("change_setup");
  return (
    <>
      <PageHeader title={t.title} description={t.description} />
      <Tabs value={path === "/lists" ? "lists" : "contacts"} onChange={(tab) => go(`/${tab}`, { replace: true })}>
        <Tabs.List>
          <Tabs.Tab value="contacts">{t.contacts}</Tabs.Tab>
          <Tabs.Tab value="lists">{t.lists}</Tabs.Tab>
        </Tabs.List>
        <Tabs.Panel value="contacts">
          {path !== "/lists" && (
            <ThingList<Contact>
              bare
              kind={CONTACTS}
              title={t.contacts}
              description={t.description}
              icon={IconAddressBook}
              make={t.make}
              most={200}
              empty={{ title: t.emptyTitle, words: t.empty }}
              actions={
                may && (
                  <Button
                    variant="default"
                    leftSection={<IconTableImport aria-hidden size={18} />}
                    onClick={() => setImporting(true)}
                  >
                    {t.import}
                  </Button>
                )
              }
              columns={[
                { key: "name", title: t.contact, show: (line) => line.name },
                { key: "numbers", title: t.numbers, show: (line) => formats.list(line.numbers) },
                {
                  key: "language",
                  title: t.language,
                  show: (line) => (line.language ? (names.of(line.language) ?? line.language) : ""),
                },
                { key: "lists", title: t.onLists, show: (line) => formats.list(line.lists) },
              ]}
            />
          )}
        </Tabs.Panel>
        <Tabs.Panel value="lists">
          {path === "/lists" && (
            <ThingList<List>
              bare
              kind={LISTS}
              title={t.lists}
              description={t.description}
              icon={IconListCheck}
              make={t.makeList}
              empty={{ title: t.emptyListTitle, words: t.emptyList }}
              columns={[
                { key: "name", title: t.list, show: (line) => line.name },
                {
                  key: "count",
                  title: t.count,
                  show: (line) => (line.expired ? `${line.count} (${t.expired(line.expired)})` : line.count),
                },
              ]}
            />
          )}
        </Tabs.Panel>
      </Tabs>
      {importing && <Import onClose={() => setImporting(false)} />}
    </>
  );
}
