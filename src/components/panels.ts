/** What stands around the picture: loaded in one piece, after it (later.tsx). */
export { Detail } from './Detail/Detail.tsx';
export { Dialogs } from './Dialogs.tsx';
export { Events } from './Events/Events.tsx';
export { Footer } from './Footer/Footer.tsx';
export { SidePanel } from './SidePanel/SidePanel.tsx';
export { Terminal } from './Terminal/Terminal.tsx';
export { Source } from './Source/Source.tsx';
export { Over } from './MemoryMap/Over.tsx';
