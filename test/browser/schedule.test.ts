import type { Page } from 'playwright-core'
import { beforeAll, describe, expect, test } from 'vitest'
import { createClient } from '../../src/client/client.ts'
import type { Schedule } from '../../src/schemas/schedules.ts'
import { axeFaults, waitUntilFresh } from './browser.ts'
import { addPlant, NEWEST } from './plant-fixture.ts'
import { describePages, THEMES } from './visit.ts'

// Promise: an engineer edits the schedule with a preview of the week, errors are at their fields, and a viewer reads the same schedule.

describePages('the schedule of a factory', ({ server, openBlank, enterKey, close }) => {
  let id: number
  let stored: Schedule
  const api = () => createClient({ base: server.base, key: server.key })
  const load = async () => (await api().get('/api/factory/{id}/schedule', { id })).data
  beforeAll(async () => {
    id = await addPlant(server, 'Plant Hof')
    stored = await load()
  })

  /** Opens the schedule as an admin, or with another key, at a time in seconds. */
  const openSchedule = async (key = server.key, time = NEWEST, options: Parameters<typeof openBlank>[0] = {}) => {
    const { page, faults } = await openBlank({ viewport: { width: 1440, height: 900 }, ...options })
    await page.clock.setFixedTime(time * 1000)
    if (key !== '') await page.addInitScript(`sessionStorage.setItem('sprocket-key', ${JSON.stringify(key)})`)
    await page.goto(`/factory/${id}`)
    await waitUntilFresh(page)
    await page.getByText('Schedule', { exact: true }).click()
    await page.locator('.week-picture .shift').nth(20).waitFor()
    return { page, faults }
  }
  const form = (page: Page) => page.getByRole('form', { name: 'Schedule' })
  const save = (page: Page) => form(page).getByRole('button', { name: 'Save the schedule' })
  const shift = (page: Page, name: string) => form(page).getByRole('group', { name: `Shift ${name}` })
  const restore = () => api().send('PUT /api/factory/{id}/schedule', { id }, stored)

  test('a page without a key, or with the key of an operator, shows the schedule without a form', async () => {
    const { data } = await api().send('POST /api/keys', {}, { name: 'Terminal', role: 'operator' })
    for (const key of ['', data.key]) {
      const { page, faults } = await openSchedule(key)
      expect(await page.locator('.schedule form').count()).toBe(0)
      const table = page.getByRole('table', { name: 'From Mon 5 Jan 2026' })
      expect(await table.getByRole('row').filter({ hasText: 'Night' }).locator('th, td').allTextContents()).toEqual([
        'Night',
        'Mon to Sun',
        '22:00 to 06:00',
        '02:00 to 02:30',
        '1,350',
      ])
      expect(faults).toEqual([])
      await close(page)
    }
  })

  test('the form replaces the tables when the user enters the key of an admin', async () => {
    const { page, faults } = await openSchedule('')
    expect(await page.locator('.plans table').count()).toBe(1)
    await enterKey(page)
    await shift(page, 'Night').waitFor()
    expect(await page.locator('.plans').count()).toBe(0)
    expect(faults).toEqual([])
    await close(page)
  })

  test('the card explains that its code could not be loaded, and loads it when it is opened again', async () => {
    const { page } = await openBlank()
    await page.goto(`/factory/${id}`)
    await waitUntilFresh(page)
    await page.route('**/assets/schedule-card-*', (route) => route.abort())
    await page.getByText('Schedule', { exact: true }).click()
    await page.getByRole('alert').filter({ hasText: 'The server does not respond' }).waitFor()
    await page.unroute('**/assets/schedule-card-*')
    await page.getByText('Schedule', { exact: true }).click()
    await page.getByText('Schedule', { exact: true }).click()
    await page.locator('.week-picture .shift').first().waitFor()
    await close(page)
  })

  test('a refresh shows a schedule that another user has changed', async () => {
    const { page } = await openSchedule('')
    const changed = { ...stored, exceptions: [{ date: '2026-04-08', shifts: [], note: 'Inventory' }] }
    await api().send('PUT /api/factory/{id}/schedule', { id }, changed)
    await page.clock.runFor(20_000)
    await page.getByRole('table', { name: 'Exceptions' }).getByRole('row').filter({ hasText: 'Wed 8 Apr 2026no shiftInventory' }).waitFor()
    expect(await page.locator('.week-picture .date').nth(2).textContent()).toMatch(/^Wed 8 Apr · .?Inventory.?: no shift$/)
    await close(page)
    await restore()
  })

  test('the picture has an overnight shift in the row of its first day, and shows nights with a clock change', async () => {
    const { page } = await openSchedule('')
    expect(await page.getByRole('heading', { name: 'Week from Mon 6 Apr 2026 (Europe/Berlin)' }).count()).toBe(1)
    const row = page.locator('.week-picture > svg').first()
    expect(await row.locator('.shift').count()).toBe(3)
    const midnight = (await page.locator('.week-picture .midnight').boundingBox())!.x
    const night = (await row.locator('.shift').nth(2).boundingBox())!
    expect(night.x).toBeLessThan(midnight)
    expect(night.x + night.width).toBeGreaterThan(midnight)
    const usual = night.width
    await page.getByRole('button', { name: 'Previous week' }).click()
    await page.getByRole('button', { name: 'Previous week' }).click()
    await page.getByText(/Sat 28 Mar 2026: .?Night.? lasts 7 h 00 min, planned 7 h 00 min, because the clocks go forward/).waitFor()
    const short = (await page.locator('.week-picture .shift.changed').boundingBox())!.width
    expect(short / usual).toBeCloseTo(7 / 8, 1)
    await page.getByText('The week as a table').click()
    const cells = page.locator('.week tbody tr').filter({ hasText: 'Sat 28 Mar 2026Night' }).locator('th, td')
    expect(await cells.allTextContents()).toEqual(['Sat 28 Mar 2026', 'Night', '22:00 to 06:00', '', '7 h 00 min', '7 h 00 min'])
    await page.getByLabel('Show the week of').fill('2026-10-25')
    await page.getByText(/Sat 24 Oct 2026: .?Night.? lasts 9 h 00 min, planned 8 h 30 min, because the clocks go back/).waitFor()
    await page.getByRole('button', { name: 'Next week' }).click()
    await page.getByRole('heading', { name: 'Week from Mon 26 Oct 2026 (Europe/Berlin)' }).waitFor()
    await close(page)
  })

  test('the preview follows the form, and an engineer saves a version, a break and an exception with the keyboard', async () => {
    const { data } = await api().send('POST /api/keys', {}, { name: 'Planner', role: 'engineer', factories: [id] })
    const { page, faults } = await openSchedule(data.key)
    await shift(page, 'Late').getByRole('button', { name: 'Remove the shift' }).press('Enter')
    await expect.poll(() => page.locator('.week-picture .shift').count()).toBe(14)
    expect(await page.evaluate('document.activeElement.value'), 'the focus is in the next shift').toBe('Night')
    await form(page).getByRole('button', { name: 'Add a version' }).press('Enter')
    expect(await page.evaluate('document.activeElement.closest(".version-fields").querySelectorAll(".shift-fields").length')).toBe(2)
    await page.keyboard.type('04082026')
    const version = form(page).getByRole('group', { name: 'Version' }).nth(1)
    await version.getByRole('group', { name: 'Shift Early' }).getByLabel('End').fill('13:00')
    await version.getByRole('group', { name: 'Shift Early' }).getByLabel('Sun').uncheck()
    await version.getByRole('group', { name: 'Shift Early' }).getByRole('button', { name: 'Add a break' }).click()
    const rest = version.getByRole('group', { name: 'Shift Early' }).getByRole('group', { name: 'Break' }).nth(1)
    await rest.getByLabel('Break from').fill('08:00')
    await rest.getByLabel('to', { exact: true }).fill('08:15')
    await version.getByRole('group', { name: 'Shift Early' }).getByLabel('Target').fill('')
    await form(page).getByRole('button', { name: 'Add an exception' }).press('Enter')
    await page.keyboard.type('04102026')
    await form(page).getByLabel('Note').fill('Inventory')
    await form(page).getByRole('button', { name: 'Add an exception' }).press('Enter')
    await form(page).getByRole('button', { name: 'Remove the exception' }).last().press('Enter')
    expect(await page.evaluate('document.activeElement.value'), 'the focus is in the exception before').toBe('2026-04-10')
    await expect.poll(() => page.locator('.week-picture .shift').count()).toBe(11)
    // The second press has no effect.
    await save(page).dblclick()
    await form(page).getByText('Saved.').waitFor()
    const { versions, exceptions } = await load()
    expect(versions.map(({ valid_from, shifts }) => [valid_from, shifts.map(({ name }) => name)])).toEqual([
      ['2026-01-05', ['Early', 'Night']],
      ['2026-04-08', ['Early', 'Night']],
    ])
    expect(versions[1]!.shifts[0]).toEqual({
      name: 'Early',
      days: ['mon', 'tue', 'wed', 'thu', 'fri', 'sat'],
      start: '06:00',
      end: '13:00',
      breaks: [
        { start: '10:00', end: '10:30' },
        { start: '08:00', end: '08:15' },
      ],
      target: null,
    })
    expect(exceptions).toEqual([{ date: '2026-04-10', shifts: [], note: 'Inventory' }])
    expect(faults).toEqual([])
    await close(page)
    await restore()
  })

  test('an error is shown at the field that it concerns, by the name of the other shift, and its focus leads there', async () => {
    const { page, faults } = await openSchedule()
    await shift(page, 'Early').getByLabel('End').fill('15:00')
    await save(page).click()
    await shift(page, 'Late')
      .getByText(/^Overlaps .?Early.? of the version from Mon 5 Jan 2026, which ends at 15:00/)
      .waitFor()
    await expect.poll(() => page.evaluate('document.activeElement.labels[0].textContent')).toBe('Start')
    expect(await shift(page, 'Late').getByLabel('Start', { exact: true }).getAttribute('aria-invalid')).toBe('true')
    expect(await axeFaults(page, ['.schedule'])).toEqual([])
    await shift(page, 'Early').getByLabel('End').fill('14:00')
    for (const day of ['Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat', 'Sun']) await shift(page, 'Night').getByLabel(day).uncheck()
    await form(page).getByRole('button', { name: 'Add an exception' }).click()
    await form(page).getByLabel('Date').fill('2026-05-01')
    await form(page).getByRole('button', { name: 'Add an exception' }).click()
    await form(page).getByLabel('Date').nth(1).fill('2026-05-01')
    await save(page).click()
    await shift(page, 'Night').getByRole('group', { name: /^Days/ }).locator('.field-error').waitFor()
    expect(await page.locator('.field-error').count()).toBe(1)
    await shift(page, 'Night').getByLabel('Sun').check()
    await save(page).click()
    const error = form(page).getByRole('group', { name: 'Exception' }).nth(1).locator('.field-error')
    await error.filter({ hasText: 'The date of the exception of Fri 1 May 2026' }).waitFor()
    expect(await load()).toEqual(stored)
    expect(faults.filter((fault) => !fault.includes('422'))).toEqual([])
    await close(page)
  })

  test('a conflict with another change keeps the input, and the user decides', async () => {
    const { page } = await openSchedule()
    await shift(page, 'Early').getByLabel('Target').fill('900')
    const other = { ...stored, exceptions: [{ date: '2026-12-25', shifts: [], note: 'Christmas' }] }
    await api().send('PUT /api/factory/{id}/schedule', { id }, other)
    await save(page).click()
    await form(page).getByText('Your input is kept.').waitFor()
    expect(await shift(page, 'Early').getByLabel('Target').inputValue()).toBe('900')
    await form(page).getByRole('button', { name: 'Show the saved schedule' }).click()
    await expect.poll(() => form(page).getByLabel('Note').inputValue()).toBe('Christmas')
    await shift(page, 'Early').getByLabel('Target').fill('950')
    await restore()
    await save(page).click()
    await form(page).getByRole('button', { name: 'Save mine anyway' }).click()
    await form(page).getByText('Saved.').waitFor()
    const { versions, exceptions } = await load()
    expect([versions[0]!.shifts[0]!.target, exceptions.length]).toEqual([950, 1])
    await close(page)
    await restore()
  })

  test('the page says that no shift is planned, and names the next one', async () => {
    const shifts = [{ ...stored.versions[0]!.shifts[0]!, days: ['mon' as const] }]
    await api().send('PUT /api/factory/{id}/schedule', { id }, { versions: [{ valid_from: '2026-01-05', shifts }], exceptions: [] })
    const { page } = await openBlank()
    await page.clock.setFixedTime((NEWEST + 3_600) * 1000)
    await page.goto(`/factory/${id}`)
    await page
      .locator('.headline')
      .filter({ hasText: /◇ not planned · next shift: .?Early.?, Mon 13 Apr.*, 06:00 to 14:00/ })
      .waitFor()
    await close(page)
    await restore()
  })

  test('the schedule of a factory without one says so', async () => {
    const { page, faults } = await openBlank()
    await page.goto('/factory/1')
    await waitUntilFresh(page)
    await page.getByText('Schedule', { exact: true }).click()
    await page.getByText('This factory has no schedule. It is planned around the clock.').waitFor()
    expect(await page.locator('.headline').textContent()).not.toContain('not planned')
    expect(faults).toEqual([])
    await close(page)
  })

  describe.each(THEMES)('in a %s theme', (colorScheme) => {
    test.each([390, 1440, 3840])('the form is accessible and fits %i px', async (width) => {
      const { page, faults } = await openSchedule(server.key, NEWEST, {
        colorScheme,
        viewport: { width, height: 900 },
        hasTouch: width === 390,
        isMobile: width === 390,
      })
      await form(page).getByRole('button', { name: 'Add an exception' }).click()
      expect(await page.evaluate('document.documentElement.scrollWidth')).toBeLessThanOrEqual(width)
      expect(await axeFaults(page)).toEqual([])
      if (width === 390) {
        const targets = await form(page).locator('button, input:not([type=checkbox]), .days label').filter({ visible: true }).all()
        for (const target of targets) expect((await target.boundingBox())!.height).toBeGreaterThanOrEqual(44)
      }
      expect(faults).toEqual([])
      await close(page)
    })
  })
})
