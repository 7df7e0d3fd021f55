import { afterEach, describe, expect, it } from 'vitest';
import { useChrome } from '../state/chrome.ts';
import { setPanel, useHidden } from '../state/hidden.ts';
import { firstSizes, PANELS, resize, useLayout } from '../state/layout.ts';
import { ownTheme, useTheme } from '../state/theme.ts';
import { setStage, sizesOf, stageParts } from './stage.ts';

const nothing = new URLSearchParams();
afterEach(() => {
  useLayout.setState(firstSizes());
  useHidden.setState({ hidden: [] });
  useTheme.setState({ theme: ownTheme() });
  useChrome.setState({ lecture: false });
});

describe('what stands around the picture, in a link', () => {
  it('is not said where it is what everybody gets', () => { expect(stageParts()).toEqual({}); });
  it('comes back as it was', () => {
    useTheme.setState({ theme: 'projector' });
    useChrome.setState({ lecture: true });
    resize('side', 500);
    resize('terminal', 200);
    setPanel('terminal', false);
    setPanel('timeline', false);
    const parts = stageParts();
    expect(parts).toEqual({ theme: 'projector', panels: 'lecture,terminal:200,side:500,terminal:0,timeline:0' });
    resize('side', 300);
    setPanel('terminal', true);
    setPanel('events', false);
    resize('map', 250);
    useTheme.setState({ theme: 'light' });
    useChrome.setState({ lecture: false });
    setStage(parts, nothing);
    expect({ ...useLayout.getState(), ...useTheme.getState(), ...useHidden.getState(), lecture: useChrome.getState().lecture }).toEqual({ ...firstSizes(), side: 500, terminal: 200, theme: 'projector', hidden: ['terminal', 'timeline'], lecture: true });
  });
  it('gives way to what the address asks for in plain words', () => {
    useTheme.setState({ theme: 'light' });
    setStage({ theme: 'projector' }, new URLSearchParams('theme=light'));
    expect(useTheme.getState().theme).toBe('light');
  });
  it('old links say nothing of it: all is the reader\'s own', () => {
    setStage({ theme: 'projector', panels: 'side:500' }, nothing);
    setStage({}, nothing);
    expect([useTheme.getState().theme, useLayout.getState()]).toEqual([ownTheme(), firstSizes()]);
  });
  it.each(['side:99999', 'side:-1', 'garage:300', 'side', ':::', 'map:12.5', '__proto__:300', ''])('odd sizes (%s) stay within their bounds or are passed over', (panels) => {
    const sizes = sizesOf(panels, firstSizes());
    expect(Object.keys(sizes)).toEqual(Object.keys(firstSizes()));
    expect(sizes.side).toBe(panels === 'side:99999' ? PANELS.side.max : firstSizes().side);
  });
});
