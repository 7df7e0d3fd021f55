/** A real machine from its own files: choose, look at what was found, open. And this machine as files. */
import { type ReactNode, useRef, useState } from 'react';
import { droppedFiles } from '../../engine/dropped.ts';
import { chosenFiles, readFiles, readPasted } from '../../engine/import_files.ts';
import { bytes, count } from '../../format/numbers.ts';
import { type ImportStage, setStage, showImport, useImport } from '../../state/importing.ts';
import { useMachine } from '../../state/machine.ts';
import { t } from '../../strings/later.ts';
import { useSession } from '../SessionContext.ts';
import { save } from '../Terminal/transcript.ts';
import { useDialog } from '../useDialog.ts';
import styles from './ImportDialog.module.css';

/** Relative to the page, so that the site works under any sub-path. */
const SCRIPT = 'collect.sh';

function Collector() {
  const [said, setSaid] = useState('');
  async function copy(): Promise<void> {
    try {
      await navigator.clipboard.writeText(await (await fetch(SCRIPT)).text());
      setSaid(t.importing.copied);
    } catch {
      setSaid(t.importing.notCopied);
    }
  }
  return (
    <div className={styles.collector}>
      <p>{t.importing.collector}</p>
      <code>sudo sh {SCRIPT} &gt; machine.txt</code>
      <div className={styles.row}>
        <button type="button" onClick={() => void copy()}>{t.importing.copy}</button>
        <a href={SCRIPT} target="_blank" rel="noreferrer">{t.importing.open}</a>
        <span role="status">{said}</span>
      </div>
    </div>
  );
}

function Choose() {
  const session = useSession();
  const [text, setText] = useState('');
  const [over, setOver] = useState(false);
  const files = useRef<HTMLInputElement>(null);
  const folder = useRef<HTMLInputElement>(null);
  const take = (list: FileList | null): void => { if (list && list.length > 0) void readFiles(session.engine, chosenFiles(list)); };
  return (
    <>
      <p>{t.importing.intro}</p>
      {/* biome-ignore lint/a11y/noStaticElementInteractions: a place to drop on; the buttons inside do the same by keyboard */}
      <div
        className={over ? `${styles.drop} ${styles.over}` : styles.drop}
        onDragOver={(event) => {
          event.preventDefault();
          setOver(true);
        }}
        onDragLeave={() => { setOver(false); }}
        onDrop={(event) => {
          event.preventDefault();
          event.stopPropagation();
          setOver(false);
          void droppedFiles(event.dataTransfer).then((named) => readFiles(session.engine, named));
        }}
      >
        <strong>{t.importing.drop}</strong>
        <span>{t.importing.what}</span>
        <div className={styles.row}>
          <button type="button" onClick={() => files.current?.click()}>{t.importing.files}</button>
          <button type="button" onClick={() => folder.current?.click()}>{t.importing.folder}</button>
        </div>
        <input ref={files} type="file" multiple hidden aria-label={t.importing.files} onChange={(event) => { take(event.target.files); }} />
        <input ref={folder} type="file" hidden aria-label={t.importing.folder} {...{ webkitdirectory: '' }} onChange={(event) => { take(event.target.files); }} />
      </div>
      <label className={styles.paste}>
        {t.importing.paste}
        <textarea value={text} rows={3} spellCheck={false} onChange={(event) => { setText(event.target.value); }} />
      </label>
      <div className={styles.row}><button type="button" disabled={text.trim() === ''} onClick={() => void readPasted(session.engine, text)}>{t.importing.read}</button></div>
      <Collector />
      <Export />
    </>
  );
}

function Export() {
  const session = useSession();
  const ready = useMachine((s) => s.phase === 'ready');
  const name = useMachine((s) => s.machine) ?? 'machine';
  async function write(format: 'collection' | 'tar'): Promise<void> {
    save(`${name}.${format === 'tar' ? 'tar' : 'txt'}`, await session.engine.api.exportMachine(format), 'application/octet-stream');
  }
  return (
    <div className={styles.collector}>
      <h3>{t.importing.exportTitle}</h3>
      <p>{t.importing.exportText}</p>
      <div className={styles.row}>
        <button type="button" disabled={!ready} onClick={() => void write('collection')}>{t.importing.collection}</button>
        <button type="button" disabled={!ready} onClick={() => void write('tar')}>{t.importing.tar}</button>
      </div>
    </div>
  );
}

const List = ({ title, items }: { title: string; items: readonly string[] }): ReactNode => items.length > 0 && (
  <section>
    <h3>{title}</h3>
    <ul>{items.map((item) => <li key={item}>{item}</li>)}</ul>
  </section>
);

function Found({ stage }: { stage: Extract<ImportStage, { at: 'found' }> }) {
  const session = useSession();
  const { name, ram, blocks, offline, given, synthesised, notes } = stage.summary;
  return (
    <div className={styles.found}>
      <p><strong>{t.importing.found(name)}</strong></p>
      <p>{t.importing.ram(bytes(ram), count(blocks), count(offline))}</p>
      <List title={t.importing.given} items={given} />
      <List title={t.importing.synthesised} items={synthesised} />
      <List title={t.importing.notes} items={notes} />
      <div className={styles.buttons}>
        <button type="button" onClick={() => { setStage({ at: 'choose' }); }}>{t.importing.again}</button>
        <button
          type="button" className={styles.primary}
          onClick={() => {
            showImport(false);
            void session.openImported(stage);
          }}
        >
          {t.importing.boot}
        </button>
      </div>
    </div>
  );
}

function Failed({ stage }: { stage: Extract<ImportStage, { at: 'failed' }> }) {
  const { reason, rule, remedy } = stage.refusal;
  return (
    <div className={styles.found}>
      <div role="alert">
        <p><strong>{t.importing.failed}</strong></p>
        <p className={styles.reason}>{reason}</p>
        {rule !== undefined && <p>{t.importing.rule}: {rule}.</p>}
        {remedy !== undefined && <p>{t.importing.remedy}: {remedy}.</p>}
      </div>
      <div className={styles.buttons}><button type="button" className={styles.primary} onClick={() => { setStage({ at: 'choose' }); }}>{t.importing.again}</button></div>
    </div>
  );
}

function Working({ stage }: { stage: Extract<ImportStage, { at: 'reading' | 'parsing' }> }) {
  const reading = stage.at === 'reading';
  return (
    <div className={styles.found} role="status">
      <p>{reading ? t.importing.reading(count(stage.files), bytes(stage.bytes)) : t.importing.parsing}</p>
      <progress aria-label={t.importing.title} {...(reading && stage.bytes > 0 ? { value: stage.read, max: stage.bytes } : {})} />
    </div>
  );
}

export function ImportDialog() {
  const { open, stage } = useImport();
  const dialog = useDialog(open);
  return (
    <dialog ref={dialog} className={styles.dialog} aria-label={t.importing.title} onClose={() => { showImport(false); }}>
      <header>
        <h2>{t.importing.title}</h2>
        <button type="button" onClick={() => { showImport(false); }}>{t.importing.cancel}</button>
      </header>
      {open && stage.at === 'choose' && <Choose />}
      {open && (stage.at === 'reading' || stage.at === 'parsing') && <Working stage={stage} />}
      {open && stage.at === 'found' && <Found stage={stage} />}
      {open && stage.at === 'failed' && <Failed stage={stage} />}
    </dialog>
  );
}
