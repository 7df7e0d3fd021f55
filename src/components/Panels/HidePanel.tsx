/** In a panel's corner: hides it. The focus goes to where it can be shown again. */
import { type Hideable, setPanel } from '../../state/hidden.ts';
import { announce } from '../../state/notice.ts';
import { t } from '../../strings/later.ts';
import { Icon } from '../Icon/Icon.tsx';
import styles from './Panels.module.css';
import { VIEW_BUTTON } from './view_button.ts';

export function HidePanel({ panel }: { panel: Hideable }) {
  const label = t.panels.hide(t.panels.names[panel]);
  return (
    <button
      type="button" className={styles.hide} aria-label={label} title={label}
      onClick={() => {
        setPanel(panel, false);
        document.getElementById(VIEW_BUTTON)?.focus();
        announce(t.panels.hidden(t.panels.names[panel]));
      }}
    >
      <Icon name="close" />
    </button>
  );
}
