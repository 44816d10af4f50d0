package sandbox

const dialoguesDutch = `
# billing
u Hallo, er is deze maand twee keer {amount} afgeschreven voor {plan}. Kunnen jullie dat nakijken?
o Hoi {first}, dank voor je bericht. De tweede afschrijving was onze fout, ik heb hem teruggedraaid.
u Wanneer staat het weer op mijn rekening?
o Binnen drie tot vijf werkdagen. Excuses voor het ongemak!
u Top, bedankt voor de snelle reactie.

# login
u Hoi, ik kan niet meer inloggen. De code is volgens de app steeds verlopen.
o Hoi {first}, staat de tijd op je telefoon op automatisch?
u Nee, die liep drie minuten achter. Nu werkt het!
o Fijn! Ik heb je ook nieuwe reservecodes gemaild.

# shipping
u Goedemiddag, bestelling {order} zou dinsdag komen, maar de track en trace staat stil.
o Goedemiddag {first}, ik bel even met de bezorger.
o Het pakket ligt in {city} en komt morgen voor twaalven.
u Mooi, ik ben thuis. Dank!

# bug
u Sinds de update is de vochtgrafiek van mijn {device} leeg.
o Hoi {first}, dank voor het melden. Welke versie van de app heb je?
u 4.18.2 op Android.
o We kunnen het nabootsen, de oplossing komt deze week.
u Prima, dan geef ik zolang op gevoel water.

# refund
u Hallo, ik wil de {device} uit bestelling {order} graag terugsturen.
o Hoi {first}, geen probleem. Het retourlabel zit in je mail.
u Krijg ik de {amount} op mijn rekening?
o Ja, zodra het pakket gescand is.
u Perfect, bedankt!

# feature
u Kan ik één plant delen met mijn huisgenoten?
o Nog niet, {first}, maar het staat hoog op de lijst. Je stem is genoteerd!
u Leuk, ik hoor het graag.
`

const dialoguesPolish = `
# billing
u Dzień dobry, w tym miesiącu dwa razy pobrano {amount} za plan {plan}. Czy mogą Państwo to sprawdzić?
o Dzień dobry {first}, dziękujemy za zgłoszenie. Druga płatność to nasz błąd, właśnie ją anulowałam.
u Kiedy pieniądze wrócą na konto?
o W ciągu trzech do pięciu dni roboczych. Przepraszamy za kłopot.
u Dziękuję za szybką pomoc!

# login
u Cześć, nie mogę się zalogować, kod zawsze jest nieaktualny.
o Cześć {first}, czy czas w telefonie ustawia się automatycznie?
u Nie, spóźniał się o trzy minuty. Już działa!
o Świetnie! Wysłałem też nowe kody zapasowe.

# shipping
u Dzień dobry, zamówienie {order} miało dotrzeć we wtorek, a śledzenie stoi w miejscu.
o Dzień dobry {first}, już pytam kuriera.
o Paczka jest w oddziale {city} i jutro będzie u Pana.
u Dziękuję, czekam.

# bug
u Po aktualizacji wykres wilgotności mojego {device} jest pusty.
o Cześć {first}, dzięki za zgłoszenie. Która to wersja aplikacji?
u 4.18.2 na Androidzie.
o Udało się to odtworzyć, poprawka będzie w tym tygodniu.
u Super, moja paproć poczeka 🌿

# refund
u Dzień dobry, chcę zwrócić {device} z zamówienia {order}, jest za duży na parapet.
o Dzień dobry {first}, nie ma problemu. Etykieta zwrotna jest już w skrzynce.
u A zwrot {amount}?
o Zlecimy go, gdy tylko paczka zostanie zeskanowana.
u Bardzo dziękuję.

# cancel
u Jak mogę zrezygnować z planu {plan}?
o Cześć {first}, plan można też bezpłatnie wstrzymać do wiosny.
u O, to poproszę do kwietnia.
o Gotowe, przypomnimy tydzień wcześniej.
`
