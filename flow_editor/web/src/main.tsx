import "@mantine/core/styles.css";
import "@mantine/notifications/styles.css";
import "./main.css";
import { MantineProvider } from "@mantine/core";
import { Notifications } from "@mantine/notifications";
import { QueryClientProvider } from "@tanstack/react-query";
import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { App } from "./App";
import { SessionProvider } from "./accounts/session";
import { queries } from "./api/queries";
import { preload } from "./routes";
import { ErrorBoundary } from "./shared/ErrorBoundary";
import { schemes, theme } from "./theme";

const root = document.getElementById("root");
if (!root) throw new Error("index.html has no #root");

preload(location.pathname);

createRoot(root).render(
  <StrictMode>
    <MantineProvider theme={theme} colorSchemeManager={schemes} defaultColorScheme="auto">
      <QueryClientProvider client={queries}>
        <SessionProvider>
          <ErrorBoundary>
            <Notifications position="top-center" />
            <App />
          </ErrorBoundary>
        </SessionProvider>
      </QueryClientProvider>
    </MantineProvider>
  </StrictMode>,
);
