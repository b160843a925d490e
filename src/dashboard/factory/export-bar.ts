import type { Api } from '../api/api.ts'
import { h, setText } from '../elements/dom.ts'
import { displayName } from '../values/format.ts'
import { hasNextPage } from '../api/next-page.ts'
import { saveFile } from '../browser/save-file.ts'
import { formatViewUrl } from '../page/view-url.ts'
import type { Range } from '../page/view-url.ts'
import type { FactoryData } from './load-factory.ts'
import { texts } from '../texts/factory.ts'
import { texts as formTexts } from '../texts/forms.ts'

/** Returns the query of the data that the chart shows. */
const toQuery = ({ chart: { range, period, series } }: FactoryData) => {
  if (period) return { from: period.from, to: period.to, limit: 5_000, fields: 'actual,goal,scrap' }
  if ('from' in range) return { from: range.from, to: range.to, limit: 5_000 }
  return range.last === 'newest' || series.time.length === 0 ? {} : { last: range.last }
}

/** Returns the interval that the chart shows. A range with a name ends with the newest reading; without data, it keeps its name. */
const findInterval = ({ chart: { period, range, series }, calendar }: FactoryData): Range => {
  if (period) return { from: period.from, to: period.to }
  const [first] = series.time
  return 'from' in range || first === undefined ? range : { from: first, to: calendar.latest + 1 }
}

/** Copies a canvas onto the background of the page, without which a dark theme is illegible in other programs. */
const addBackground = (source: HTMLCanvasElement): HTMLCanvasElement => {
  const { width, height } = source
  const canvas = h('canvas', { width, height })
  const context = canvas.getContext('2d')!
  context.fillStyle = getComputedStyle(document.documentElement).getPropertyValue('--card')
  context.fillRect(0, 0, width, height)
  context.drawImage(source, 0, 0)
  return canvas
}

/**
 * Creates the buttons that save the data and the picture of the chart, print the page, and share its address.
 * @param toSvg renders the chart under the name of its factory
 */
export const createExportBar = (api: Api, id: number, toSvg: (name: string) => string | undefined) => {
  const status = h('span', { className: 'said', role: 'status' })
  let data: FactoryData | undefined

  const saveCsv = async () => {
    const response = await api.client.open('/api/factory/{id}/chart-data?format=csv', { id, ...toQuery(data!) })
    saveFile(await response.blob(), `factory-${id}.csv`)
    const isCut = hasNextPage(response.headers)
    setText(status, isCut ? texts.savedFirst : formTexts.saved)
  }
  const savePicture = async () => {
    const canvas = document.querySelector<HTMLCanvasElement>('.chart canvas')
    const blob = canvas && (await new Promise<Blob | null>((resolve) => addBackground(canvas).toBlob(resolve, 'image/png')))
    if (blob) saveFile(blob, `factory-${id}.png`)
    setText(status, blob ? formTexts.saved : texts.noChart)
  }
  const saveSvg = () => {
    const picture = toSvg(displayName(data!.summary))
    if (picture !== undefined) saveFile(new Blob([picture], { type: 'image/svg+xml' }), `factory-${id}.svg`)
    setText(status, picture === undefined ? texts.noChart : formTexts.saved)
  }
  /** Shares the shown interval, so that the address leads to the same data tomorrow. */
  const share = async () => {
    const url = new URL(formatViewUrl({ show: 'factory', id, range: findInterval(data!) }), location.origin).href
    await navigator.clipboard.writeText(url)
    setText(status, texts.copiedAddress)
  }
  const button = (label: string, work: () => Promise<void> | void) =>
    h(
      'button',
      {
        type: 'button',
        className: 'quiet',
        disabled: true,
        onclick: () => {
          setText(status, '')
          Promise.resolve(work()).catch((error: Error) => setText(status, texts.notDone(error.message)))
        },
      },
      label,
    )
  const buttons = [
    button(texts.saveCsv, saveCsv),
    button(texts.savePng, savePicture),
    button(texts.saveSvg, saveSvg),
    button(texts.print, () => print()),
    button(texts.copyLink, share),
  ]
  return {
    element: h('div', { className: 'export', role: 'group', 'aria-label': texts.saveAndShare }, ...buttons, status),
    show(next: FactoryData) {
      data = next
      for (const each of buttons) each.disabled = false
    },
  }
}
