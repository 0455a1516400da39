/** A plain table that scrolls by itself on a narrow screen, with rows that open by mouse and keyboard. */
import { Anchor, ScrollArea, Table } from "@mantine/core";
import type { ReactNode } from "react";
import { Link } from "wouter";

export interface Column<Row> {
  key: string;
  title: string;
  show: (row: Row) => ReactNode;
  /** Numbers stand at the right. */
  numeric?: boolean;
  width?: number | string;
}

export interface DataTableProps<Row> {
  /** What the table is about, for screen readers. */
  label: string;
  columns: readonly Column<Row>[];
  rows: readonly Row[];
  rowKey: (row: Row) => string;
  /** Where a row leads: its first cell becomes the link. */
  href?: (row: Row) => string;
}

export function DataTable<Row>({ label, columns, rows, rowKey, href }: DataTableProps<Row>) {
  return (
    <ScrollArea viewportProps={{ tabIndex: 0, role: "group", "aria-label": label }}>
      <Table aria-label={label} verticalSpacing="sm" highlightOnHover={href !== undefined} miw={columns.length * 120}>
        <Table.Thead>
          <Table.Tr>
            {columns.map((column) => (
              <Table.Th key={column.key} w={column.width} ta={column.numeric ? "right" : undefined} scope="col">
                {column.title}
              </Table.Th>
            ))}
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {rows.map((row) => (
            <Table.Tr key={rowKey(row)}>
              {columns.map((column, place) => (
                <Table.Td key={column.key} ta={column.numeric ? "right" : undefined}>
                  {place === 0 && href ? (
                    <Anchor component={Link} href={href(row)} fw={600}>
                      {column.show(row)}
                    </Anchor>
                  ) : (
                    column.show(row)
                  )}
                </Table.Td>
              ))}
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </ScrollArea>
  );
}
