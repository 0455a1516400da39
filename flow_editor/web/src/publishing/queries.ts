/** What publishing asks of the server, and when what it answered is old. */
import { useQuery } from "@tanstack/react-query";
import { api, got, type Schema } from "../api/client";
import { queries } from "../api/queries";
import { watch } from "../live";
import { useLanguage } from "../texts";

export type Preview = Schema<"PreviewOut">;
export type Difference = Schema<"PreviewOut.DifferenceOut">;
export type Published = Schema<"PublishedOut">;
export type Acknowledgement = Schema<"AcknowledgementOut">;
export type History = Schema<"FlowHistory">;
export type HistoryVersion = Schema<"FlowHistory.FlowHistoryVersion">;
export type Publication = Schema<"FlowHistory.PublicationOut">;
export type Import = Schema<"ImportOut">;

const path = (flow: string) => ({ params: { path: { flow } } });

/** What publishing a draft would mean, as of the moment it was asked. */
export function usePreview(flow: string) {
  const language = useLanguage();
  return useQuery({
    queryKey: ["publishing", flow, language],
    queryFn: () => got(api.GET("/api/flows/{flow}/publishing", path(flow))),
    staleTime: 0,
    gcTime: 0,
  });
}

export function useHistory(flow: string) {
  watch("flows");
  return useQuery({
    queryKey: ["publications", "history", flow],
    queryFn: () => got(api.GET("/api/flows/{flow}/versions", path(flow))),
  });
}

export function useVersion(flow: string, version: string | null) {
  const language = useLanguage();
  return useQuery({
    queryKey: ["flow_versions", flow, version, language],
    queryFn: () =>
      got(api.GET("/api/flows/{flow}/versions/{version}", { params: { path: { flow, version: version as string } } })),
    enabled: version !== null,
    staleTime: Number.POSITIVE_INFINITY,
  });
}

export function useDifferences(flow: string, old: string | null, newer: string | null) {
  const language = useLanguage();
  return useQuery({
    queryKey: ["flow_versions", flow, "differences", old, newer, language],
    queryFn: () =>
      got(
        api.GET("/api/flows/{flow}/differences/{old}/{new}", {
          params: { path: { flow, old: old as string, new: newer as string } },
        }),
      ),
    enabled: old !== null && newer !== null && old !== newer,
    staleTime: Number.POSITIVE_INFINITY,
  });
}

export function rollBack(flow: string, version: string, live: string | null) {
  return got(api.POST("/api/flows/{flow}/roll-back", { ...path(flow), body: { version, live } }));
}

export async function cancelPlan(publication: string): Promise<void> {
  await api.POST("/api/publications/{publication}/cancel", { params: { path: { publication } } });
  await queries.invalidateQueries({ queryKey: ["publications"] });
}

/** The file of a flow: a version of it, or what is drawn. */
export function exportAddress(flow: string, version?: string): string {
  const address = `/api/flows/${encodeURIComponent(flow)}/export`;
  return version === undefined ? address : `${address}?version=${encodeURIComponent(version)}`;
}
