// The picture viewer: two versions of a picture under a divider that can be dragged, with zoom and pan.
import { element } from './page-data.ts';

/** One figure of the gallery that the page holds for readers without JavaScript. */
interface Version {
  readonly picture: string;
  readonly key: string;
  readonly label: string;
  readonly rate: string;
  readonly caption: string;
  readonly image: HTMLImageElement;
}

export interface Viewer {
  /** Shows a codec on the right side, of `picture` where the page has it, at the nearest rate. */
  show(key: string, picture: string | undefined, bpp: number): void;
}

const maximumZoom = 16;

/** Starts the viewer over the gallery; undefined where the page holds no pictures. */
export function startViewer(left: string, right: string): Viewer | undefined {
  const versions = readGallery();
  if (versions.length === 0) return undefined;
  element('gallery').hidden = true;
  element('viewer').hidden = false;

  const stage = element('stage');
  const handle = element('handle');
  const images = {
    left: element<HTMLImageElement>('image-left'),
    right: element<HTMLImageElement>('image-right'),
  };
  const selects = {
    picture: element<HTMLSelectElement>('viewer-picture'),
    rate: element<HTMLSelectElement>('viewer-rate'),
    left: element<HTMLSelectElement>('viewer-left'),
    right: element<HTMLSelectElement>('viewer-right'),
  };
  const unique = (values: readonly string[]) => [...new Set(values)];
  const labels = new Map(versions.map(({ key, label }) => [key, label]));
  fill(selects.picture, unique(versions.map(({ picture }) => picture)));
  fill(
    selects.rate,
    unique(versions.map(({ rate }) => rate)).filter((rate) => rate !== ''),
    rateLabel,
  );
  for (const select of [selects.left, selects.right]) {
    fill(select, unique(versions.map(({ key }) => key)), (key) => labels.get(key) ?? key);
  }
  const choose = (select: HTMLSelectElement, key: string) => {
    if ([...select.options].some((option) => option.value === key)) select.value = key;
  };
  choose(selects.left, left);
  choose(selects.right, right);

  let divider = 0.5;
  let zoom = 1;
  let originX = 0;
  let originY = 0;

  const find = (key: string) =>
    versions.find(
      (version) =>
        version.picture === selects.picture.value &&
        version.key === key &&
        (version.rate === '' || version.rate === selects.rate.value),
    );

  const place = () => {
    const { naturalWidth, naturalHeight } = images.left;
    if (naturalWidth === 0) return;
    // A tall picture leaves room on the screen for its controls.
    stage.style.maxWidth = `${Math.round((0.85 * window.innerHeight * naturalWidth) / naturalHeight)}px`;
    const width = stage.clientWidth;
    if (width === 0) return;
    stage.style.height = `${Math.round((width * naturalHeight) / naturalWidth)}px`;
    const fit = width / naturalWidth;
    const scale = fit * zoom;
    originX = Math.min(0, Math.max(width - naturalWidth * scale, originX));
    originY = Math.min(0, Math.max(stage.clientHeight - naturalHeight * scale, originY));
    for (const image of [images.left, images.right]) {
      image.style.transform = `translate(${originX}px, ${originY}px) scale(${scale})`;
      image.classList.toggle('pixelated', scale * window.devicePixelRatio >= 3);
    }
    const position = divider * width;
    const cut = Math.max(0, (position - originX) / scale);
    images.right.style.clipPath = `inset(0 0 0 ${cut}px)`;
    handle.style.left = `${position}px`;
    handle.setAttribute('aria-valuenow', String(Math.round(divider * 100)));
    stage.classList.toggle('zoomed', zoom > 1);
    element('zoom-value').textContent = `${Math.round(scale * 100)} %`;
  };

  const update = () => {
    for (const side of ['left', 'right'] as const) {
      const version = find(selects[side].value);
      if (version === undefined) continue;
      images[side].src = version.image.src;
      images[side].alt = `${version.picture}, ${version.label}`;
      element(`tag-${side}`).textContent = `${version.label} · ${version.caption}`;
    }
    Promise.all([images.left.decode(), images.right.decode()]).then(place, place);
  };

  const zoomTo = (value: number, x = stage.clientWidth / 2, y = stage.clientHeight / 2) => {
    const next = Math.min(maximumZoom, Math.max(1, value));
    originX = x - ((x - originX) * next) / zoom;
    originY = y - ((y - originY) * next) / zoom;
    zoom = next;
    place();
  };

  drag(handle, (event) => {
    const { left: start, width } = stage.getBoundingClientRect();
    divider = Math.min(1, Math.max(0, (event.clientX - start) / width));
    place();
  });
  drag(stage, (event) => {
    if (zoom <= 1) return;
    originX += event.movementX;
    originY += event.movementY;
    place();
  });
  handle.addEventListener('keydown', (event) => {
    const step = { ArrowLeft: -0.02, ArrowRight: 0.02 }[event.key];
    if (step === undefined) return;
    event.preventDefault();
    divider = Math.min(1, Math.max(0, divider + step));
    place();
  });
  stage.addEventListener('dblclick', (event) => {
    const { left: x, top: y } = stage.getBoundingClientRect();
    zoomTo(zoom > 1 ? 1 : 4, event.clientX - x, event.clientY - y);
  });
  stage.addEventListener(
    'wheel',
    (event) => {
      if (!event.ctrlKey && zoom <= 1) return;
      event.preventDefault();
      const { left: x, top: y } = stage.getBoundingClientRect();
      zoomTo(zoom * 2 ** (-event.deltaY / 300), event.clientX - x, event.clientY - y);
    },
    { passive: false },
  );
  element('zoom-in').addEventListener('click', () => zoomTo(zoom * 2));
  element('zoom-out').addEventListener('click', () => zoomTo(zoom / 2));
  for (const select of Object.values(selects)) select.addEventListener('change', update);
  new ResizeObserver(place).observe(stage);
  update();

  return {
    show(key, picture, bpp) {
      if (picture !== undefined) choose(selects.picture, picture);
      choose(selects.right, key);
      const rates = [...selects.rate.options].map(({ value }) => value);
      const distance = (rate: string) => Math.abs(Math.log(Number(rate) / bpp));
      rates.sort((a, b) => distance(a) - distance(b));
      if (rates.length > 0) selects.rate.value = rates[0];
      update();
      stage.scrollIntoView({ behavior: 'smooth', block: 'center' });
    },
  };
}

function readGallery(): Version[] {
  return [...document.querySelectorAll<HTMLElement>('#gallery figure')].flatMap((figure) => {
    const image = figure.querySelector('img');
    const { picture = '', key = '', label = '', rate = '', caption = '' } = figure.dataset;
    return image === null ? [] : [{ picture, key, label, rate, caption, image }];
  });
}

function fill(
  select: HTMLSelectElement,
  values: readonly string[],
  labelOf: (value: string) => string = (value) => value,
): void {
  select.replaceChildren(...values.map((value) => new Option(labelOf(value), value)));
}

function rateLabel(rate: string): string {
  return `${rate} bpp (${Math.round(24 / Number(rate))}:1)`;
}

/** Calls `move` while a pointer that went down on `target` moves. */
function drag(target: HTMLElement, move: (event: PointerEvent) => void): void {
  target.addEventListener('pointerdown', (event) => {
    if (event.target !== target || event.button !== 0) return;
    target.setPointerCapture(event.pointerId);
    const stop = () => {
      target.removeEventListener('pointermove', move);
      target.removeEventListener('pointerup', stop);
      target.removeEventListener('pointercancel', stop);
    };
    target.addEventListener('pointermove', move);
    target.addEventListener('pointerup', stop);
    target.addEventListener('pointercancel', stop);
  });
}
