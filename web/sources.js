// web/sources.js — where a definition is from, and what stands in for it, in Danish: the packs say both in English, clause by clause.
import {language} from './text.js';

const danish = {
  '82 % in 2018': '82 % i 2018', 'Agreed target for general practice: at least 36 %': 'Aftalt mål for almen praksis: mindst 36 %', 'Agreement on discharge letters': 'Aftalen om epikriser',
  'HAIBA case definition, older page': 'HAIBAs falddefinition, ældre side', 'HAIBA case definitions': 'HAIBAs falddefinitioner', 'LKT COPD': 'LKT KOL', 'LKT apoplexy': 'LKT apopleksi', 'LKT apoplexy: at least 95 %': 'LKT apopleksi: mindst 95 %',
  'LKT diabetes in children': 'LKT børnediabetes', 'LKT emergency surgery': 'LKT akut kirurgi', 'LKT hip fracture': 'LKT hoftenære brud', 'LKT, Learning and Quality Teams: antibiotics': 'LKT, Lærings- og Kvalitetsteams: antibiotika',
  'LUP, published results': 'LUP, offentliggjorte resultater', 'Lægemiddelstyrelsen, decentralised trials': 'Lægemiddelstyrelsen, decentrale forsøg', 'Ministry of Health': 'Sundhedsministeriet', 'Ministry of Health, census at 23:00': 'Sundhedsministeriet, optælling kl. 23',
  'National eHealth infrastructure (FUT)': 'Den fællesoffentlige telemedicinske infrastruktur (FUT)', 'National indicator': 'National indikator', 'National indicator of goal 2': 'National indikator for mål 2', 'National indicator of goal 8': 'National indikator for mål 8',
  'national indicator of goal 1': 'national indikator for mål 1', 'Statens Serum Institut, definitions': 'Statens Serum Institut, definitioner', 'Statens Serum Institut, definitions of test positivity': 'Statens Serum Institut, definitioner af positivprocent',
  'Sundhedsdatastyrelsen, AFBxx model (OF4)': 'Sundhedsdatastyrelsen, AFBxx-modellen (OF4)', 'Sundhedsdatastyrelsen, DRG and accounts': 'Sundhedsdatastyrelsen, DRG og regnskaber', 'Sundhedsdatastyrelsen, MedCom: FMK in practice': 'Sundhedsdatastyrelsen, MedCom: FMK i praksis',
  'Sundhedsstyrelsen, monitoring of coercion': 'Sundhedsstyrelsen, monitorering af tvang', 'Targeted measures in general practice': 'Målrettede indsatser i almen praksis', 'The open courses beside G5.3': 'De åbne forløb ved siden af G5.3', 'The open queue beside the completed waits of G5.1': 'Den åbne kø ved siden af de afsluttede ventetider i G5.1',
  'code of the triage GK': 'triagens kode GK', 'codes of examinations are our own': 'undersøgelsernes koder er vores egne', 'definition by Sundhedsdatastyrelsen': 'defineret af Sundhedsdatastyrelsen', 'details GK': 'enkeltheder GK',
  'groups of diagnoses from eSundhed, mapping to codes our own': 'diagnosegrupper fra eSundhed, koderne er vores egne', 'item ids and scale GK': 'spørgsmålenes numre og skala GK', 'limits GK': 'grænser GK', 'list GK': 'liste GK', 'marker codes GK': 'markørkoder GK', 'membership of goal 3 GK': 'plads under mål 3 GK',
  'standard times GK': 'standardtider GK', 'the group is an example': 'gruppen er et eksempel', 'the list of test codes is our own': 'listen af prøvekoder er vores egen', 'thresholds are disputed': 'grænserne er omstridt', 'window GK': 'vindue GK',
  'a changed prescription stands for it': 'en ændret ordination står for den', 'an index only where X.beds was taken in': 'et indeks kun, hvor X.beds er indlæst', 'bed-days do not stop at the event': 'sengedage standser ikke ved hændelsen',
  'by diagnosis, not by registry': 'efter diagnose, ikke efter register', 'doses, not defined daily doses': 'doser, ikke definerede døgndoser', 'our own cohort rule, per person-time in the group': 'vores egen regel for gruppen, pr. persontid i gruppen',
  'our own cohort rules, per person-time in the group': 'vores egne regler for gruppen, pr. persontid i gruppen', 'our own rules in schemas/cohorts': 'vores egne regler i schemas/cohorts', 'patients per day, not days per 1,000 inhabitants': 'patienter pr. dag, ikke dage pr. 1.000 indbyggere',
  'per 1,000 inhabitants only where X.inhabitants was taken in': 'pr. 1.000 indbyggere kun, hvor X.inhabitants er indlæst', 'per admission, not per person': 'pr. indlæggelse, ikke pr. person', 'per person-time, not a share of persons': 'pr. persontid, ikke en andel af personer',
  'the exclusions are a list of ours': 'undtagelserne er en liste af vores', "the group's mortality, not the excess": 'gruppens dødelighed, ikke overdødeligheden', 'the list of codes is ours': 'listen af koder er vores',
  'without the exclusions of cancer therapy and obstetrics, which G1.1.adjusted makes': 'uden at kræftbehandling og fødsler er taget fra, som G1.1.adjusted gør', 'without the exclusions of the official series': 'uden den officielle series undtagelser',
};

/// A clause that has no Danish words stays as it is: most are names.
export const sourceText = (english) => (language() === 'da' ? english?.split('; ').map((clause) => danish[clause] ?? clause).join('; ') : english);
