// SPDX-License-Identifier: Apache-2.0
// Two pictures in one frame, and a slider that says how much of each is seen.

const LARGE_STEP = 10;

export class Swipe {
  constructor(stage) {
    this.stage = stage;
    this.slider = stage.querySelector('input');
    this.names = ['', ''];
    this.slider.addEventListener('input', () => this.place());
    this.slider.addEventListener('keydown', (event) => this.keyed(event));
    stage.addEventListener('pointerdown', (event) => {
      if (event.button === 0) {
        // Only for this moment would the browser focus nothing, and the arrow keys go nowhere.
        event.preventDefault();
        this.slider.focus({ focusVisible: false });
        stage.setPointerCapture(event.pointerId);
        this.pointed(event);
      }
    });
    stage.addEventListener('pointermove', (event) => {
      if (stage.hasPointerCapture(event.pointerId)) {
        this.pointed(event);
      }
    });
  }

  /**
   * Shows two sides in a frame of this size, in pixels of the pictures. Each side is {name, url, width, height} with the size that
   * its picture takes in those pixels, from the top left; or {name, missing} with the reason why there is none.
   */
  show(left, right, width, height) {
    this.stage.style.setProperty('--ratio', width / height);
    [left, right].forEach((side, i) => {
      const where = i === 0 ? '.left' : '.right';
      const image = this.stage.querySelector(`.side${where} img`);
      const missing = this.stage.querySelector(`.side${where} .missing`);
      image.hidden = !side.url;
      missing.hidden = Boolean(side.url);
      missing.textContent = side.missing ?? '';
      if (side.url) {
        image.src = side.url;
        image.alt = side.name;
        image.style.width = `${(100 * side.width) / width}%`;
        image.style.height = `${(100 * side.height) / height}%`;
      } else {
        image.removeAttribute('src');
      }
      this.stage.querySelector(`.tag${where}`).textContent = side.name;
    });
    this.names = [left.name, right.name];
    // Enlarged pixels stay pixels.
    this.stage.classList.toggle('enlarged', this.stage.clientWidth >= 2 * width);
    this.place();
  }

  /** Page keys move by a tenth everywhere; browsers don't agree on how far they do. */
  keyed(event) {
    const step = { PageUp: LARGE_STEP, PageDown: -LARGE_STEP }[event.key];
    if (step) {
      event.preventDefault();
      this.slider.value = Number(this.slider.value) + step;
      this.place();
    }
  }

  pointed(event) {
    const box = this.stage.getBoundingClientRect();
    this.slider.value = Math.round((100 * (event.clientX - box.left)) / box.width);
    this.place();
  }

  place() {
    const at = Number(this.slider.value);
    this.stage.style.setProperty('--at', `${at}%`);
    this.stage.querySelector('.tag.left').classList.toggle('covered', at < 15);
    this.stage.querySelector('.tag.right').classList.toggle('covered', at > 85);
    this.slider.setAttribute('aria-valuetext', `${at}% ${this.names[0]}, ${100 - at}% ${this.names[1]}`);
  }
}
