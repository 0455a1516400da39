/** What holds for the whole organisation. */
import { Loading } from "../shared/Loading";
import { PageHeader } from "../shared/PageHeader";
import { Problem } from "../shared/Problem";
import { useTexts } from "../texts";
import { usePreferences } from "./data";
import { PreferencesForm } from "./PreferencesForm";
import { preferenceTexts } from "./texts";

export default function PreferencesPage() {
  const t = useTexts(preferenceTexts);
  const { data, error, refetch } = usePreferences();
  return (
    <>
      <PageHeader title={t.title} description={t.description} />
      {error && !data && <Problem error={error} retry={() => void refetch()} />}
      {!data && !error && <Loading />}
      {data && <PreferencesForm key={data.revision} preferences={data} />}
    </>
  );
}
