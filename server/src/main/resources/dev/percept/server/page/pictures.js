// SPDX-License-Identifier: Apache-2.0
// The two places for pictures: choosing, dropping, pasting, and their previews.

// Browsers know no types for these, and would grey them out.
const ACCEPT = 'image/*,.tif,.tiff,.pnm,.ppm,.pgm,.pbm,.pam,.tga';

/** One picture of the user's. Its preview may not be shown: browsers know fewer formats than Percept. */
class Picture {
  constructor(file) {
    this.file = file;
    this.name = file.name || 'picture';
    this.url = URL.createObjectURL(file);
  }

  /** Resolves to whether the browser can show it; then its width and height are known. */
  async look() {
    const image = new Image();
    image.src = this.url;
    try {
      await image.decode();
      this.width = image.naturalWidth;
      this.height = image.naturalHeight;
      this.shown = true;
    } catch {
      this.shown = false;
    }
  }

  facts() {
    const size = this.shown ? `${this.width} × ${this.height}, ` : '';
    return `${size}${bytes(this.file.size)}`;
  }
}

function bytes(count) {
  if (count === 1) {
    return '1 byte';
  }
  const units = ['bytes', 'KB', 'MB', 'GB'];
  const unit = count < 1000 ? 0 : Math.min(Math.floor(Math.log10(count) / 3), units.length - 1);
  const value = count / 1000 ** unit;
  return `${value < 10 && unit > 0 ? value.toFixed(1) : Math.round(value)} ${units[unit]}`;
}

/** A place for the reference, or for candidates. */
class Slot {
  constructor(element, { onFiles, onRemove }) {
    this.element = element;
    this.pictures = [];
    this.input = element.querySelector('input');
    this.input.accept = ACCEPT;
    this.image = element.querySelector('img');
    this.about = element.querySelector('.about > span');
    this.remove = element.querySelector('.remove');
    this.input.addEventListener('change', () => {
      onFiles(this, [...this.input.files]);
      // So that choosing the same file again is a change, too.
      this.input.value = '';
    });
    this.remove.addEventListener('click', () => {
      onRemove(this);
      this.input.focus();
    });
  }

  async put(pictures) {
    for (const old of this.pictures) {
      if (!pictures.includes(old)) {
        URL.revokeObjectURL(old.url);
      }
    }
    this.pictures = pictures;
    this.markBad(false);
    await this.show(pictures[0]);
  }

  /** Shows one of its pictures. */
  async show(picture) {
    if (picture && picture.shown === undefined) {
      await picture.look();
    }
    if (picture && !this.pictures.includes(picture)) {
      return; // Another took its place meanwhile.
    }
    const { element, image, about, remove, pictures } = this;
    element.classList.toggle('filled', Boolean(picture));
    element.classList.toggle('unshown', picture?.shown === false);
    image.hidden = !picture?.shown;
    if (picture?.shown) {
      image.src = picture.url;
    } else {
      image.removeAttribute('src');
    }
    const others = pictures.length > 1 ? `, one of ${pictures.length}` : '';
    about.querySelector('b').textContent = picture ? `${picture.name} ` : '';
    about.querySelector('span').textContent = picture ? picture.facts() + others : '';
    remove.hidden = !picture;
  }

  markBad(bad) {
    this.element.classList.toggle('bad', bad);
    this.input.toggleAttribute('aria-invalid', bad);
  }
}

/** Both places, and all the ways into them. Calls onChange when the pictures are other ones. */
export class Pictures {
  constructor(onChange) {
    this.onChange = onChange;
    const handlers = { onFiles: (slot, files) => this.take(files, slot), onRemove: (slot) => this.clear(slot) };
    this.reference = new Slot(document.querySelector('#reference'), handlers);
    this.candidates = new Slot(document.querySelector('#candidate'), handlers);
    this.swapButton = document.querySelector('#swap');
    this.swapButton.addEventListener('click', () => this.swap());
    this.acceptDrops();
    document.addEventListener('paste', (event) => {
      if (event.clipboardData?.files.length) {
        event.preventDefault();
        this.take([...event.clipboardData.files], this.slotOf(document.activeElement));
      }
    });
  }

  acceptDrops() {
    const hasFiles = (event) => event.dataTransfer?.types.includes('Files');
    const mark = (event) => {
      const over = hasFiles(event) && event.type === 'dragover';
      const slot = this.slotOf(event.target);
      document.body.classList.toggle('dragging', over);
      this.reference.element.classList.toggle('over', over && slot === this.reference);
      this.candidates.element.classList.toggle('over', over && slot === this.candidates);
    };
    // Anywhere: a file dropped beside a place would otherwise replace the page.
    document.addEventListener('dragover', (event) => {
      if (hasFiles(event)) {
        event.preventDefault();
        event.dataTransfer.dropEffect = 'copy';
        mark(event);
      }
    });
    document.addEventListener('dragleave', mark);
    document.addEventListener('drop', (event) => {
      if (hasFiles(event)) {
        event.preventDefault();
        mark(event);
        this.take([...event.dataTransfer.files], this.slotOf(event.target));
      }
    });
  }

  slotOf(node) {
    return [this.reference, this.candidates].find((slot) => slot.element.contains(node));
  }

  /** Takes files: into a place, or else where there is none yet, the reference first. */
  async take(files, slot) {
    if (files.length === 0) {
      return;
    }
    const pictures = files.map((file) => new Picture(file));
    const wantsReference = slot ? slot === this.reference : this.reference.pictures.length === 0;
    const [reference, candidates] = wantsReference ? [pictures.slice(0, 1), pictures.slice(1)] : [[], pictures];
    await Promise.all([
      reference.length ? this.reference.put(reference) : null,
      candidates.length ? this.candidates.put(candidates) : null,
    ]);
    this.changed();
  }

  async clear(slot) {
    await slot.put([]);
    this.changed();
  }

  async swap() {
    const [reference, candidates] = [this.reference.pictures, this.candidates.pictures];
    // First, so that neither gives up a picture that the other gets.
    this.reference.pictures = [];
    this.candidates.pictures = [];
    await Promise.all([this.reference.put(candidates), this.candidates.put(reference)]);
    this.changed();
  }

  changed() {
    const [reference] = this.reference.pictures;
    const candidates = this.candidates.pictures;
    this.swapButton.disabled = !(reference && candidates.length === 1);
    this.giveNames(reference, candidates);
    this.onChange(reference, candidates);
  }

  /** Names by which the service's messages tell them apart, though files of two folders may be called alike. */
  giveNames(reference, candidates) {
    const taken = new Set();
    for (const picture of [reference, ...candidates].filter(Boolean)) {
      const name = picture.file.name || 'picture';
      picture.name = name;
      for (let i = 2; taken.has(picture.name); i++) {
        picture.name = `${i}-${name}`;
      }
      taken.add(picture.name);
    }
  }

  /** The first picture whose file can't be read any more: it was changed, moved or deleted after it had been chosen. */
  async unreadable() {
    for (const picture of [...this.reference.pictures, ...this.candidates.pictures]) {
      try {
        await picture.file.slice(0, 1).arrayBuffer();
      } catch {
        return picture;
      }
    }
    return undefined;
  }

  /** Marks the place whose picture a message is about, and returns that picture. */
  blame(message) {
    for (const slot of [this.reference, this.candidates]) {
      const picture = slot.pictures.find(({ name }) => message.startsWith(`${name}: `));
      slot.markBad(Boolean(picture));
      if (picture) {
        return picture;
      }
    }
    return undefined;
  }
}
