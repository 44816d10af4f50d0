package sandbox

const dialoguesFrench = `
# billing
u Bonjour, j'ai été débité deux fois de {amount} ce mois-ci pour l'offre {plan}. Pouvez-vous vérifier ?
o Bonjour {first}, merci pour votre message. Je vois bien les deux paiements, le second est une erreur de notre part.
o Je viens de l'annuler, vous serez remboursé sous trois à cinq jours.
u Super, merci pour votre réactivité !
o Avec plaisir, bonne journée à vous.

# login
u Bonjour, impossible de me connecter depuis hier : le code reçu par SMS est toujours refusé.
o Bonjour {first}, est-ce que l'heure de votre téléphone est réglée automatiquement ?
u Ah non, il avait quatre minutes de retard... Ça marche maintenant !
o Parfait ! N'hésitez pas si cela se reproduit.
u Merci {agent}.

# shipping
u Bonjour, ma commande {order} devait arriver mardi et le suivi n'a pas bougé depuis. Avez-vous des nouvelles ?
o Bonjour {first}, je contacte le transporteur tout de suite.
o Le colis est au dépôt de {city}, il sera livré demain avant midi.
u D'accord, je serai là. Merci !

# bug
u Depuis la mise à jour, le graphique d'humidité de mon {device} reste vide.
o Bonjour {first}, merci du signalement. Quelle version de l'application utilisez-vous ?
u La 4.18.2 sur iPhone.
o Nous avons reproduit le problème, le correctif arrive cette semaine.
u Très bien, je patiente. Mes tomates aussi 🍅
o Promis, elles retrouveront vite leur courbe !

# refund
u Bonjour, je souhaite renvoyer le {device} de la commande {order}, il ne passe pas dans ma jardinière.
o Bonjour {first}, aucun souci, vous avez 30 jours. L'étiquette de retour est dans votre boîte mail.
u Le remboursement se fait sur la carte ?
o Oui, les {amount} sont remboursés dès que le colis est scanné.
u Parfait, merci beaucoup.

# cancel
u Bonjour, comment résilier l'offre {plan} ? Je ne m'en sers que l'été.
o Bonjour {first}, vous pouvez aussi la mettre en pause jusqu'au printemps, sans rien payer.
u Ah, c'est exactement ce qu'il me faut.
o C'est fait, vous recevrez un rappel fin mars.

# feature
u Serait-il possible de partager une seule plante avec mes colocataires ?
o Bonjour {first}, pas encore, mais l'idée est très demandée. J'ai ajouté votre vote.
u Chouette, tenez-moi au courant.

# lead
u Bonjour, nous avons trois serres pédagogiques à équiper. Proposez-vous un tarif pour les écoles ?
o Bonjour {first}, oui, moins 40 % pour l'enseignement. Combien de capteurs vous faudrait-il ?
u Une soixantaine, plus un Hub par serre.
o Je vous envoie un devis dans l'heure.
u Merci, c'est très aimable.
`

const dialoguesGerman = `
# billing
u Hallo, für den Tarif {plan} wurden mir diesen Monat zweimal {amount} abgebucht. Können Sie das prüfen?
o Hallo {first}, danke für den Hinweis. Die zweite Abbuchung ist unser Fehler, ich habe sie gerade storniert.
u Wann ist das Geld wieder da?
o In drei bis fünf Werktagen. Entschuldigen Sie bitte die Umstände.
u Kein Problem, danke für die schnelle Hilfe!

# login
u Guten Tag, ich komme nicht mehr in mein Konto. Der Bestätigungscode ist angeblich abgelaufen.
o Guten Tag {first}, ist die Uhrzeit auf Ihrem Handy auf automatisch gestellt?
u Tatsächlich nicht, sie ging drei Minuten nach. Jetzt geht es.
o Wunderbar. Neue Ersatzcodes sind per Mail unterwegs.
u Vielen Dank, {agent}!

# shipping
u Moin, meine Bestellung {order} hängt seit fünf Tagen im Verteilzentrum. Wissen Sie mehr?
o Hallo {first}, ich frage direkt beim Paketdienst nach.
o Das Paket ist wieder aufgetaucht und kommt morgen in {city} an.
u Super. Darf es beim Nachbarn abgegeben werden?
o Ja, ich habe es so vermerkt.

# bug
u Seit dem Update zeigt die App beim {device} keine Feuchtigkeitskurve mehr an.
o Hallo {first}, danke für die Meldung. Welche Version steht unter Über die App?
u 4.18.2, Android 15.
o Wir konnten den Fehler nachstellen. Die Korrektur kommt in den nächsten Tagen.
u Alles klar, dann gieße ich solange nach Gefühl.
o Wir melden uns, sobald die neue Version verfügbar ist.

# refund
u Hallo, ich möchte den {device} aus der Bestellung {order} zurückgeben. Er passt leider nicht in den Blumenkasten.
o Hallo {first}, das ist kein Problem. Das Rücksendeetikett haben Sie gerade per Mail bekommen.
u Bekomme ich die {amount} aufs Konto?
o Ja, sobald das Paket gescannt wurde.
u Perfekt, vielen Dank.

# cancel
u Wie kann ich den Tarif {plan} kündigen? Ich brauche ihn nur im Sommer.
o Hallo {first}, Sie können ihn auch bis zum Frühjahr pausieren, ganz ohne Kosten.
u Das klingt gut, bitte bis April.
o Ist eingerichtet. Eine Woche vorher erinnern wir Sie.

# feature
u Gibt es eine Möglichkeit, die Messwerte als CSV herunterzuladen?
o Hallo {first}, ja: Pflanze öffnen, drei Punkte, Verlauf exportieren.
u Ah, gut versteckt. Danke!
o Stimmt, das machen wir sichtbarer.

# lead
u Guten Tag, wir betreiben eine Gärtnerei mit acht Gewächshäusern und suchen Sensoren mit Schnittstelle.
o Guten Tag {first}, da passt der Tarif {plan} mit Gateway. Wie viele Sensoren planen Sie ungefähr?
u Zwischen 200 und 250.
o Gern schicke ich Ihnen ein Angebot mit Testset für 60 Tage.
u Ja bitte, an diese Adresse.
`
