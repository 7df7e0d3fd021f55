/** Opens the dialog that imports a machine. */
import { t } from '../../strings/index.ts';
import { showImport } from '../../state/importing.ts';
import styles from '../PlugDialog/PlugButton.module.css';

export function ImportButton() {
  return <button type="button" className={styles.plug} title={t.top.importingHelp} onClick={() => { showImport(true); }}>{t.top.importing}</button>;
}
