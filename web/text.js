// web/text.js — the page's words in Danish and English, and how numbers and times are written in each.
const words = {
  skip: ['Til indholdet', 'Skip to content'],
  goals: ['Mål', 'Goals'], goal: ['Mål', 'Goal'], systems: ['Systemer', 'Systems'], quarantine: ['Karantæne', 'Quarantine'],
  live: ['Live', 'Live'], lost: ['Forbindelsen er tabt', 'Connection lost'], connecting: ['Forbinder', 'Connecting'],
  eight: ['De otte nationale mål', 'The eight national goals'],
  lead: ['Levende tal fra de beskeder, som slusen har taget imod. Hvert tal kan følges ned til beskeden bag det.',
         'Live numbers from the messages the gateway has taken in. Every number can be followed down to the message behind it.'],
  outside: ['Uden for de otte mål', 'Outside the eight goals'],
  notLive: ['Ingen levende indikator endnu', 'No live indicator yet'],
  noData: ['Ingen data endnu', 'No data yet'], nothingToMeasure: ['Intet at måle på i perioden', 'Nothing to measure in the period'],
  planned: ['Endnu ikke live', 'Not live yet'],
  provisional: ['foreløbig', 'provisional'], stable: ['stabil', 'stable'], frozen: ['frosset', 'frozen'], restated: ['rettet', 'restated'],
  stableHint: ['Ingen udfald eller rettelser ventes mere', 'No outcomes or corrections are expected any more'],
  frozenHint: ['Offentliggjort, som det var den dag', 'Published as it was on a day'],
  restatedHint: ['Ændret, efter at det var endeligt eller frosset', 'Changed after it was final or frozen'],
  finalOn: ['Endeligt {day}', 'Final {day}'], changedOn: ['Sidst ændret {day}', 'Last changed {day}'],
  heldStar: ['* mangler det nyeste om nogle personer; det vises, når nok ændrer sig sammen', '* lacks the newest about some persons; it is shown once enough change together'],
  heldRow: ['Mangler det nyeste om mindst {n} personer', 'Lacks the newest about at least {n} persons'],
  behind: ['Kilder', 'Sources'], lastReceived: ['Sidst hørt', 'Last heard'], lastDay: ['Fortæller til og med', 'Tells up to'], lastWeek: ['Beskeder sidste uge', 'Messages last week'], usual: ['Plejer', 'Usual'],
  allSystems: ['Alle {n} systemer', 'All {n} systems'], findSystem: ['Find system', 'Find a system'], noSystem: ['Intet system hedder sådan', 'No system is called so'],
  coverage: ['Dækning', 'Coverage'], coverageHint: ['Mod kildens egne seneste otte uger', "Against the source's own last eight weeks"], knownBefore: ['Som det var kendt', 'As it was known'],
  provisionalHint: ['Udfaldet er endnu ikke endeligt for alle', 'The outcome is not yet final for all'],
  targetName: ['Mål', 'Target'],
  of: ['af', 'of'], target: ['mål', 'target'], matured: ['modne', 'matured'],
  better: ['bedre', 'better'], worse: ['dårligere', 'worse'], unchanged: ['uændret', 'unchanged'], none: ['for lidt data til retning', 'too little data for a direction'],
  movementHint: ['seneste modne måned mod medianen af månederne før', 'newest mature month against the median of the months before'],
  throughput: ['Beskeder i sekundet', 'Messages per second'], received: ['Modtaget', 'Received'], acknowledged: ['Kvitteret', 'Acknowledged'],
  refused: ['Afvist', 'Refused'], quarantined: ['I karantæne', 'Quarantined'], pending: ['Venter', 'Pending'], duplicates: ['Dubletter', 'Duplicates'],
  processed: ['Behandlet', 'Processed'], lastHeard: ['Sidst hørt', 'Last heard'], silent: ['tavs', 'silent'], system: ['System', 'System'],
  perSecond: ['pr. s', 'per s'], lastMinute: ['Sidste minut', 'Last minute'], balance: ['Balance', 'Balance'], balanceOk: ['intet tabt', 'nothing lost'],
  balanceBad: ['stemmer ikke', 'does not add up'], journal: ['Journal', 'Journal'], journalOk: ['skriver', 'writing'], ok: ['i orden', 'well'], degraded: ['nedsat', 'degraded'], failed: ['fejl', 'failed'],
  health: ['Tilstand', 'Health'], now: ['nu', 'now'], never: ['aldrig', 'never'], unmapped: ['Felter uden afbildning', 'Unmapped fields'],
  mojibake: ['Ødelagte æøå', 'Broken æøå'], reused: ['Genbrugte kontrolnumre', 'Reused control ids'],
  noMessages: ['Ingen beskeder endnu', 'No messages yet'],
  sendOne: ['Send én med', 'Send one with'],
  indicator: ['Indikator', 'Indicator'], indicators: ['Indikatorer', 'Indicators'], period: ['Periode', 'Period'], by: ['Fordelt på', 'By'], asKnown: ['Som kendt den', 'As known on'],
  day: ['dag', 'day'], hour: ['time', 'hour'], week: ['uge', 'week'], month: ['måned', 'month'], quarter: ['kvartal', 'quarter'], year: ['år', 'year'],
  total: ['i alt', 'total'], region: ['region', 'region'], municipality: ['kommune', 'municipality'], unit: ['enhed', 'unit'], sex: ['køn', 'sex'], age_band: ['alder', 'age'],
  value: ['Værdi', 'Value'], published: ['offentliggjort', 'published'], numerator: ['Tæller', 'Numerator'], denominator: ['Nævner', 'Denominator'], persons: ['Personer', 'Persons'], median: ['Median', 'Median'], p90: ['90-percentil', '90th percentile'], count: ['Antal', 'Count'], eventsCounted: ['Hændelser', 'Events'], daysAtRisk: ['Dage i risiko', 'Days at risk'], daysPresent: ['Persondage', 'Person-days'], levelOf: ['i gennemsnit pr. dag', 'mean per day'],
  rateOf: ['{n} hændelser på {d} dage i risiko', '{n} events in {d} days at risk'],
  state: ['Modenhed', 'Maturity'], source: ['Kilde', 'Source'], proxy: ['Afviger fra det officielle tal', 'Differs from the official number'], direction: ['Ønsket retning', 'Wanted direction'], lower: ['lavere er bedre', 'lower is better'], higher: ['højere er bedre', 'higher is better'],
  mark: ['Grundlag', 'Basis'], markV: ['definition verificeret', 'definition verified'],
  markGK: ['GK: almen viden, skal bekræftes', 'GK: general knowledge, to be confirmed'],
  version: ['Version', 'Version'], hidden: ['Skjult, så færre end {n} personer ikke kan kendes', 'Hidden, so that fewer than {n} persons cannot be known'],
  chartLabel: ['Seriediagram for {x}; tallene står i tabellen nedenunder', 'Run chart of {x}; the numbers are in the table below'],
  'chart.run': ['Seriediagram', 'Run chart'], 'chart.p': ['p-kort', 'p chart'], 'chart.p-prime': ['p′-kort', 'p′ chart'], 'chart.u': ['u-kort', 'u chart'], 'chart.u-prime': ['u′-kort', 'u′ chart'], 'chart.xbar-s': ['x̄-kort', 'x̄ chart'],
  'chart.i': ['i-kort', 'i chart'], 'chart.c': ['c-kort', 'c chart'],
  howToRead: ['Sådan læses det', 'How to read it'],
  'how.time': ['Punkterne er perioderne, den vandrette streg er det, de plejer at ligge om. Et signal er et punkt uden for det farvede bånd, en for lang række punkter på samme side af medianen, eller for få krydsninger af den. Uden signal er forskellen fra periode til periode ikke større, end tilfældet giver.',
               'The points are the periods, the level line is what they usually lie about. A signal is a point outside the coloured band, too many points in a row on one side of the median, or too few crossings of it. Without a signal, periods differ no more than chance makes them.'],
  'how.run': ['Punkterne er perioderne, stregen er deres median. Et signal er en for lang række punkter på samme side af medianen, eller for få krydsninger af den. Uden signal er forskellen fra periode til periode ikke større, end tilfældet giver.',
              'The points are the periods, the line is their median. A signal is too many points in a row on one side of the median, or too few crossings of it. Without a signal, periods differ no more than chance makes them.'],
  'how.funnel': ['Hvert punkt er en gruppe, de store til højre. Små grupper svinger mest, derfor er tragten bredest til venstre. Et punkt uden for de optrukne linjer adskiller sig mere fra landet, end tilfældet giver. Rækkefølgen inden for tragten siger intet.',
                 'Each point is a group, the large ones to the right. Small groups vary most, so the funnel is widest to the left. A point outside the drawn lines differs more from the country than chance makes it. The order inside the funnel says nothing.'],
  groupsIn: ['Sammenlign i', 'Compare in'], nothingToCompare: ['Ingen hændelser at sammenligne i perioden', 'No events to compare in the period'],
  standardised: ['Standardiseret for køn og alder', 'Standardised for sex and age'], asMeasured: ['Som målt', 'As measured'], interval: ['95 %-interval', '95 % interval'], ofRow: ['Dækket', 'Covered'],
  'how.standardised': ['Hvad regionens tal ville være, hvis dens borgere var fordelt på køn og alder som hele landets. To regioner kan kun siges at være forskellige, når deres intervaller ikke overlapper. Et tal vises, når mindst 95 % af regionens nævner ligger i grupper, der er store nok til at vises.',
                       'What the region’s number would be if its people had the country’s distribution of sex and age. Two regions can be said to differ only where their intervals do not overlap. A number is shown when at least 95 % of the region’s denominator lies in groups large enough to be shown.'],
  tooFewStrata: ['Endnu er for få grupper af køn og alder store nok til at vises', 'Too few groups of sex and age are large enough to be shown yet'],
  'chart.funnel-adjusted': ['Tragtdiagram, justeret for overspredning', 'Funnel plot, adjusted for over-dispersion'],
  'cc.centre': ['midtlinje', 'centre line'], 'cc.limits': ['grænser', 'limits'], 'cc.limits998': ['99,8 %-grænser', '99.8 % limits'], 'cc.isOutside': ['uden for grænserne', 'outside the limits'], 'cc.of': ['{n} i alt', '{n} in all'],
  'cc.keys': ['Piletasterne læser punkt for punkt', 'The arrow keys read point by point'], 'cc.phase': ['Ny fase fra', 'A new phase from'],
  'cc.outside': ['{x}: {value} er uden for 3 sigma ({limits})', '{x}: {value} is outside 3 sigma ({limits})'],
  'cc.outside998': ['{x}: {value} er uden for 99,8 %-grænserne ({limits})', '{x}: {value} is outside the 99.8 % limits ({limits})'],
  'cc.shift': ['Skift: {n} punkter i træk på samme side af medianen; tilfældet giver højst {limit}', 'A shift: {n} points in a row on one side of the median; chance gives at most {limit}'],
  'cc.crossings': ['For få krydsninger af medianen: {n}; tilfældet giver mindst {limit}', 'Too few crossings of the median: {n}; chance gives at least {limit}'],
  'cc.few': ['For få perioder til at se et signal', 'Too few periods to see a signal'],
  'cc.nothing': ['Intet signal: udsving, som tilfældet giver dem', 'No signal: ups and downs as chance makes them'],
  'cc.funnelLabel': ['Tragtdiagram for {x}; tallene står i tabellen nedenunder', 'Funnel plot of {x}; the numbers are in the table below'],
  'cc.funnelLines': ['stiplet 95 %, optrukket 99,8 %; vandret: nævneren', 'dashed 95 %, drawn 99.8 %; across: the denominator'], 'cc.noneOutside': ['Ingen er uden for 99,8 %-grænserne', 'None is outside the 99.8 % limits'],
  open: ['Åbne forløb nu', 'Open courses now'], course: ['Forløb', 'Course'], passed: ['Har passeret', 'Have passed'], next: ['Næste frist', 'Next limit'], person: ['Person', 'Person'], fewOrNone: ['få eller ingen', 'few or none'], before: ['før', 'before'], onTheDay: ['på dagen', 'on the day'],
  openHint: ['Personer med et åbent forløb, i hele multipla af {n}.', 'Persons with an open course, in whole multiples of {n}.'],
  medianLine: ['median', 'median'], shaded: ['skraveret: endnu ikke modent', 'shaded: not yet mature'], newest: ['Seneste periode', 'Newest period'], unknown: ['ukendt', 'unknown'],
  signals: ['Signaler', 'Signals'], signal: ['Signal', 'Signal'], about: ['Om', 'About'], what: ['Hvad', 'What'], cause: ['Årsag', 'Cause'], noSignals: ['Ingen signaler', 'No signals'], kind: ['Slags', 'Kind'],
  noSignalsHint: ['Et skift i et seriediagram, en frist der nærmer sig, eller et segment der skifter, står her.', 'A shift in a run chart, a limit that nears, or a segment that changes is listed here.'],
  chartsOnly: ['Signaler om personer kræver rollen content-viewer.', 'Signals about persons need the role content-viewer.'],
  'signal.chart': ['seriediagram', 'run chart'], 'signal.breach': ['frist', 'limit'], 'signal.segment': ['segment', 'segment'], 'signal.shift': ['skift: for lang serie', 'shift: run too long'],
  'signal.crossings': ['for få krydsninger', 'too few crossings'], 'signal.outside-limits': ['uden for 3 sigma', 'outside 3 sigma'], 'signal.entered': ['indtrådt', 'entered'], 'signal.left': ['udtrådt', 'left'], 'signal.will-left': ['udtræder', 'will leave'], 'signal.will-entered': ['indtræder', 'will enter'], on: ['Dag', 'Day'], told: ['Meldt', 'Told'],
  contributions: ['Bidrag', 'Contributions'], contribution: ['Bidrag', 'Contribution'], countsOn: ['Tæller den', 'Counts on'], where: ['Hvor', 'Where'], rule: ['Regel', 'Rule'],
  moreRows: ['Flere', 'More'], byte: ['byte', 'byte'], overtaken: ['overhalet', 'overtaken'], notCounted: ['tæller ikke', 'not counted'], restsOn: ['Hviler på', 'Rests on'], events: ['Hændelser', 'Events'],
  toldAndChanged: ['Hvad den sagde og ændrede', 'What it told and changed'], explain: ['Vis hvad tallet er summen af (logges)', 'Show what the number is the sum of (logged)'], cellSays: ['Cellen siger', 'The cell says'], cellIsExact: ['Her er alle talt med, også dem, som det viste tal endnu mangler.', 'All are counted here, also those whom the number shown still lacks.'],
  'reason.after-tombstone': ['retter noget, der er annulleret', 'corrects something that was cancelled'], 'reason.impossible-course': ['kan ikke følge på det, der var fortalt om opholdet', 'cannot follow what was told of the stay'],
  toKnow: ['Til orientering', 'For information'],
  toKnowHint: ['Disse beskeder holder intet tilbage: de blev behandlet med en bemærkning, eller afsenderen fik besked om, at de blev afvist.', 'These messages hold nothing back: they were processed with a remark, or their sender was told that they were refused.'],
  'kind.note': ['behandlet', 'processed'], 'kind.refused': ['afvist', 'refused'], 'reason.part-missing': ['dele af beskeden mangler; den er behandlet alene', 'parts of the message are missing; it was processed alone'],
  quarantineHint: ['En operatør prøver en besked igen, når årsagen er rettet, eller opgiver den: sluse messages retry eller discard.', 'An operator tries a message again once the cause is mended, or gives it up: sluse messages retry or discard.'],
  message: ['Besked', 'Message'], type: ['Type', 'Type'], format: ['Format', 'Format'], controlId: ['Kontrolnummer', 'Control id'], via: ['Vej ind', 'Came by'], receivedAt: ['Modtaget', 'Received'], status: ['Status', 'Status'], position: ['Plads i journalen', 'Place in the journal'], size: ['Størrelse', 'Size'],
  became: ['Blev til', 'Became'], changed: ['Ændrede', 'Changed'], issues: ['Bemærkninger', 'Remarks'], content: ['Indhold', 'Content'], showContent: ['Vis indhold', 'Show content'],
  contentHint: ['Indholdet kan navngive en patient. Hver visning bliver logget.', 'The content may name a patient. Each view is logged.'],
  contentForbidden: ['Kræver rollen content-viewer.', 'Needs the role content-viewer.'], nothingChanged: ['Ingen tal', 'No numbers'], none_: ['Ingen', 'None'], raw: ['Som modtaget', 'As received'], asFhir: ['Som FHIR', 'As FHIR'],
  reason: ['Årsag', 'Reason'], since: ['Siden', 'Since'], waiting: ['Venter bag den', 'Waiting behind it'], emptyQuarantine: ['Ingen beskeder i karantæne', 'No messages in quarantine'],
  emptyQuarantineHint: ['Hvad der ikke kan behandles, lander her og holder kun den ene patients beskeder fra samme system tilbage.', 'What cannot be processed lands here and holds back only that one patient’s messages from the same system.'],
  messages: ['Beskeder', 'Messages'], any: ['alle', 'any'], older: ['Ældre beskeder', 'Older messages'], noneAmong: ['Ingen blandt de {n} nyeste', 'None among the {n} newest'],
  messageId: ['Beskedens id (26 tegn)', 'Message id (26 characters)'], show: ['Vis', 'Show'],
  outsideLattice: ['Dette udsnit kræver en særlig rolle: uger vises kun i alt og efter region, og tal som kendt en dag kun for autoriserede.', 'This cut needs a role: weeks are shown in total and by region only, and numbers as known on a day to authorised readers.'],
  notFound: ['Findes ikke', 'Not found'], error: ['Kunne ikke hentes', 'Could not be fetched'], again: ['Prøv igen', 'Try again'], forbidden: ['Din nøgle giver ikke adgang hertil', 'Your token gives no access to this'],
  signIn: ['Log ind', 'Sign in'], token: ['Adgangsnøgle', 'Access token'], signInHint: ['Slusen kræver en nøgle. Den gemmes kun i denne fane.', 'The gateway asks for a token. It is kept in this tab only.'],
  footContent: ['Indhold, der kan navngive en patient, kræver rollen content-viewer, og hver visning bliver logget.', 'Content that may name a patient needs the role content-viewer, and each view is logged.'],
  pendingNote: ['Tallene mangler {n} beskeder, som er modtaget og endnu ikke er talt med.', 'The numbers lack {n} messages that were taken in and are not counted yet.'],
  foot: ['Små tal er skjult, foreløbige er mærket. Ingen personer kan genkendes på disse sider.', 'Small numbers are hidden, provisional ones marked. No person can be recognised on these pages.'],
  back: ['Alle mål', 'All goals'], months: ['måneder', 'months'], noRows: ['Ingen tal for dette valg', 'No numbers for this choice'],
  days: ['dage', 'days'], hours: ['timer', 'hours'], years: ['år', 'years'], patients: ['patienter', 'patients'], citizens: ['borgere', 'citizens'], courses: ['forløb', 'courses'], episodes: ['episoder', 'episodes'],
  prescriptions: ['recepter', 'prescriptions'], vaccinations: ['vaccinationer', 'vaccinations'], index: ['indeks', 'index'], 'points of 5': ['point af 5', 'points of 5'], 'deaths per 100,000': ['døde pr. 100.000', 'deaths per 100,000'],
  'per 1,000 person-years': ['pr. 1.000 personår', 'per 1,000 person-years'], 'per 100 person-years': ['pr. 100 personår', 'per 100 person-years'],
  'per 10,000 bed-days': ['pr. 10.000 sengedage', 'per 10,000 bed-days'], 'per 100 bed-days': ['pr. 100 sengedage', 'per 100 bed-days'],
  held: ['Tallene mangler det nyeste om {n} personer. Det vises, når mindst {min} personers tal ændrer sig sammen, så ingen kan genkendes på en ændring.',
         'The numbers lack the newest about {n} persons. It is shown once the numbers of at least {min} persons change together, so that no one is known by a change.'],
  more: ['{n} flere med tal', '{n} more with numbers'], silentOnes: ['{n} uden data endnu', '{n} without data yet'], allOthers: ['Alle {n} indikatorer', 'All {n} indicators'],
  admissions: ['indlæggelser', 'admissions'], 'per 1000': ['pr. 1.000', 'per 1,000'], menu: ['Hovedmenu', 'Main menu'], added: ['talt med', 'counted'], retracted: ['trukket tilbage', 'retracted'],
  'status.pending': ['venter', 'pending'], 'status.processed': ['behandlet', 'processed'], 'status.filtered': ['filtreret', 'filtered'], 'status.duplicate': ['dublet', 'duplicate'], 'status.quarantined': ['i karantæne', 'quarantined'], 'status.refused': ['afvist', 'refused'], 'status.unknown': ['ukendt her', 'unknown here'],
};

const groups = {
  'DK-81': ['Nordjylland', 'North Denmark'], 'DK-82': ['Midtjylland', 'Central Denmark'], 'DK-83': ['Syddanmark', 'Southern Denmark'],
  'DK-84': ['Hovedstaden', 'Capital'], 'DK-85': ['Sjælland', 'Zealand'], 'DK-OST': ['Østdanmark', 'Eastern Denmark'], female: ['kvinder', 'women'], male: ['mænd', 'men'], other: ['andet', 'other'],
};

let column = localStorage.getItem('language') === 'en' ? 1 : 0;
export const language = () => (column ? 'en' : 'da');
export function toggleLanguage() {
  column = 1 - column;
  localStorage.setItem('language', language());
}
export const t = (key, fill = {}) => Object.entries(fill).reduce((text, [name, value]) => text.replace(`{${name}}`, value), words[key]?.[column] ?? key);
/// Why a message is held, in words where there are any.
export const reasonText = (reason) => (words[`reason.${reason}`] ? t(`reason.${reason}`) : reason);
export const pick = (title) => title?.[language()] || title?.da || title?.en || '';
/// At the head of a column.
export const heading = (text) => text.charAt(0).toLocaleUpperCase() + text.slice(1);
export const groupName = (code) => groups[code]?.[column] ?? (code || t('unknown'));

const locale = () => (column ? 'en-GB' : 'da-DK');
export const whole = (n) => (n ?? 0).toLocaleString(locale(), {maximumFractionDigits: 0});
export const decimal = (n, digits = 1) => n.toLocaleString(locale(), {minimumFractionDigits: digits, maximumFractionDigits: digits});
export const unitName = (unit) => (words[unit] ? t(unit) : unit === '1' ? '' : unit);
const countedIn = new Set(['admissions', 'citizens', 'courses', 'episodes', 'patients', 'prescriptions', 'vaccinations']); // there is no half of one
export const valueText = (value, unit) => (value == null ? '–' : countedIn.has(unit) ? whole(value) : unit === '%' ? decimal(value, 1) : decimal(value, Math.abs(value) >= 100 ? 0 : Math.abs(value) >= 10 ? 1 : 2));
export const rateText = (rate) => (rate >= 10 ? whole(rate) : decimal(rate, 1));
export const dateTime = (text) => new Date(text).toLocaleString(locale(), {dateStyle: 'medium', timeStyle: 'medium'});
export const dateText = (text) => new Date(`${text}T12:00:00Z`).toLocaleDateString(locale(), {dateStyle: 'long'});

export const dayText = (text) => new Date(`${text}T12:00:00Z`).toLocaleDateString(locale(), {day: 'numeric', month: 'numeric'});

/// "2026-03" → "mar. 2026"; quarters, weeks and years as they are.
export function periodText(period) {
  const month = /^(\d{4})-(\d{2})$/.exec(period);
  if (month) return new Date(Date.UTC(+month[1], +month[2] - 1, 15)).toLocaleDateString(locale(), {month: 'short', year: 'numeric', timeZone: 'UTC'});
  if (/^\d{4}-\d{2}-\d{2}$/.test(period)) return new Date(`${period}T12:00:00Z`).toLocaleDateString(locale(), {dateStyle: 'medium'});
  return period;
}
export function windowText(period) {
  const [from, to] = period.split('/');
  return !to || from === to ? periodText(from) : `${periodText(from)} – ${periodText(to)}`;
}
export function ageText(seconds) {
  if (seconds == null) return t('never');
  if (seconds < 3) return t('now');
  const format = new Intl.RelativeTimeFormat(locale(), {numeric: 'always', style: 'short'});
  if (seconds < 60) return format.format(-Math.floor(seconds), 'second');
  if (seconds < 3600) return format.format(-Math.floor(seconds / 60), 'minute');
  if (seconds < 172800) return format.format(-Math.floor(seconds / 3600), 'hour');
  return format.format(-Math.floor(seconds / 86400), 'day');
}
