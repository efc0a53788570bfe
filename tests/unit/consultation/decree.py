"""A decree of our own invention about shared gardens, in French and Arabic; no real law."""

FRENCH = """# Projet de décret relatif aux jardins partagés

Vu la charte des jardins,

Décrète :

## Chapitre premier : Dispositions générales

### Article premier : Objet

Le présent décret fixe les règles des jardins partagés :

1. leur ouverture au public ;
2. leur entretien.

### Article 2 : Définitions

Est un jardin partagé tout terrain de plus de 200 mètres carrés cultivé en commun.

### Article 3

La liste des jardins est tenue par le registre des jardins.

## Chapitre II : Ouverture

### Article 4

Les jardins ouvrent chaque jour à 7 heures.

Ils ferment au coucher du soleil.

### Article 5

Tout jardin a deux portes :

a) une porte au nord ;
b) une porte au sud.

### Article 5 bis

Les chiens sont tenus en laisse.

### Article 6

L'eau de pluie est recueillie dans des citernes de 3 000 litres.

## Chapitre III : Entretien

### Article 7

Chaque jardinier entretient sa parcelle une fois par semaine.

### Article 8

Les parcelles laissées sans soin pendant 60 jours sont attribuées à d'autres.

### Article 9

| Parcelle | Droit annuel |
|---|---|
| petite | 12 dinars |
| grande | 30 dinars |

### Article 10

Le conseil des jardins se réunit en mars et en octobre.

### Article 11

Le présent décret entre en vigueur le 1er janvier 2031.
"""

ARABIC = """# مشروع أمر يتعلّق بالحدائق المشتركة

بعد الاطّلاع على ميثاق الحدائق،

يصدر الأمر الآتي نصّه:

## الباب الأوّل: أحكام عامّة

### الفصل الأوّل: الموضوع

يضبط هذا الأمر قواعد الحدائق المشتركة:

1. فتحها للعموم،
2. صيانتها.

### الفصل 2: تعريفات

تعدّ حديقة مشتركة كلّ أرض تفوق مساحتها ٢٠٠ متر مربّع وتزرع جماعيّا.

### الفصل 3

تمسك قائمة الحدائق بسجلّ الحدائق.

## الباب الثاني: الفتح

### الفصل 4

تفتح الحدائق كلّ يوم على الساعة 7.

وتغلق عند غروب الشمس.

### الفصل 5

لكلّ حديقة بابان:

أ) باب من جهة الشمال،

ب) باب من جهة الجنوب.

### الفصل 5 مكرّر

تقاد الكلاب بمقود.

### الفصل 6

تجمع مياه الأمطار في خزّانات سعتها 3000 لتر.

## الباب الثالث: الصيانة

### الفصل 7

يعتني كلّ بستانيّ بقطعته مرّة في الأسبوع.

### الفصل 8

تسند إلى غيرهم القطع المهملة طيلة 60 يوما.

### الفصل 9

| القطعة | المعلوم السنوي |
|---|---|
| صغيرة | 12 دينارا |
| كبيرة | 30 دينارا |

### الفصل 10

يجتمع مجلس الحدائق في مارس وأكتوبر.

### الفصل 11

يدخل هذا الأمر حيّز النفاذ في 1 جانفي 2031.
"""
