package sandbox

const dialoguesSpanish = `
# billing
u Hola, este mes me han cobrado dos veces {amount} por el plan {plan}. ¿Lo podéis revisar?
o Hola {first}, gracias por avisar. El segundo cobro es un error nuestro y acabo de anularlo.
u ¿Cuándo lo veré en la cuenta?
o En tres a cinco días. Disculpa las molestias.
u Perfecto, muchas gracias.

# login
u Buenas, no puedo entrar en mi cuenta: el código caduca en cuanto lo escribo.
o Hola {first}, ¿tienes la hora del móvil en automático?
u No, iba tres minutos atrasada. ¡Ya funciona!
o ¡Genial! Te he enviado códigos de respaldo por si acaso.
u Gracias, {agent}.

# shipping
u Hola, el pedido {order} tenía que llegar el martes y el seguimiento no cambia.
o Hola {first}, ahora mismo pregunto al transportista.
o Lo han localizado: sale mañana a reparto en {city}.
u Vale, estaré en casa. Gracias.

# bug
u Desde la actualización no se ve la gráfica de humedad de mi {device}.
o Hola {first}, gracias por el aviso. ¿Qué versión de la aplicación tienes?
u La 4.18.2 en Android.
o Lo hemos reproducido. El arreglo sale esta semana.
u Genial, mis albahacas lo agradecerán 🌱

# refund
u Hola, quiero devolver el {device} del pedido {order}, no me cabe en la ventana.
o Hola {first}, sin problema. Tienes la etiqueta de devolución en el correo.
u ¿Y los {amount}?
o Los reembolsamos en cuanto escaneen el paquete.
u Muy amable, gracias.

# cancel
u ¿Cómo cancelo el plan {plan}? Solo lo uso en verano.
o Hola {first}, también puedes pausarlo hasta la primavera sin pagar nada.
u ¡Mucho mejor! Hasta abril, por favor.
o Hecho, te avisaremos una semana antes.

# lead
u Buenos días, llevamos un vivero y necesitamos unos 120 sensores. ¿Tenéis precio por volumen?
o Buenos días {first}, sí, a partir de cincuenta unidades. ¿Te envío una oferta?
u Sí, por favor, y con un kit de prueba si es posible.
o Claro, la prueba es gratuita durante 60 días.
`

const dialoguesPortuguese = `
# billing
u Oi, fui cobrado duas vezes este mês, {amount} cada, pelo plano {plan}. Podem verificar?
o Oi {first}, obrigado por avisar. A segunda cobrança foi um erro nosso e já está cancelada.
u Em quanto tempo o valor volta?
o De três a cinco dias úteis. Desculpe o transtorno!
u Tudo certo, obrigado pela rapidez.

# login
u Boa tarde, não consigo entrar no app, o código sempre aparece como expirado.
o Boa tarde, {first}! O horário do celular está no automático?
u Não estava, atrasado três minutos. Agora entrou!
o Que ótimo! Mandei novos códigos de segurança por e-mail.
u Valeu, {agent}!

# shipping
u Olá, o pedido {order} está parado na alfândega faz uma semana. Alguma novidade?
o Olá {first}, já estou falando com a transportadora.
o Foi liberado hoje e chega em {city} até sexta-feira.
u Que bom, obrigada!

# bug
u Depois da atualização o gráfico de umidade do {device} sumiu.
o Oi {first}, obrigado pelo relato. Qual é a versão do app?
u 4.18.2, no Android.
o Conseguimos reproduzir. A correção sai ainda esta semana.
u Ótimo, minhas samambaias agradecem 🌿

# refund
u Oi, queria devolver o {device} do pedido {order}, veio com a tampa quebrada.
o Oi {first}, sinto muito! Prefere a troca ou o reembolso de {amount}?
u O reembolso, por favor.
o Combinado, o estorno aparece na próxima fatura.
u Obrigado pela atenção.

# cancel
u Como faço para cancelar o plano {plan}?
o Oi {first}, posso perguntar o motivo? Dá para pausar sem custo também.
u Ficou caro este ano, prefiro pausar então.
o Pausado até abril. Avisamos uma semana antes.

# feature
u Dá para exportar as leituras em planilha?
o Dá sim, {first}: abra a planta, três pontinhos, exportar histórico.
u Perfeito, achei!
`

const dialoguesItalian = `
# billing
u Buongiorno, questo mese mi avete addebitato due volte {amount} per il piano {plan}. Potete controllare?
o Buongiorno {first}, grazie della segnalazione. Il secondo addebito è un nostro errore, l'ho appena annullato.
u Quando vedrò il rimborso?
o Entro tre o cinque giorni. Ci scusi per il disagio.
u Grazie mille per la rapidità!

# login
u Ciao, non riesco più ad accedere: il codice risulta sempre scaduto.
o Ciao {first}, l'ora del telefono è impostata in automatico?
u No, era indietro di tre minuti. Ora funziona!
o Ottimo, ti ho inviato anche dei codici di riserva.

# shipping
u Salve, l'ordine {order} doveva arrivare martedì ma il tracciamento è fermo.
o Salve {first}, contatto subito il corriere.
o Il pacco è a {city} e sarà consegnato domani mattina.
u Benissimo, grazie.

# bug
u Dopo l'aggiornamento il grafico dell'umidità del mio {device} è vuoto.
o Ciao {first}, grazie! Che versione dell'app vedi nelle informazioni?
u 4.18.2 su iPhone.
o L'abbiamo riprodotto, la correzione arriva in settimana.
u Perfetto, il mio basilico aspetta 🌱

# refund
u Buonasera, vorrei restituire il {device} dell'ordine {order}.
o Buonasera {first}, nessun problema. L'etichetta per il reso è nella sua posta.
u E i {amount}?
o Li rimborsiamo appena il pacco viene scansionato.
u Gentilissimi, grazie.

# cancel
u Come posso disdire il piano {plan}? Mi serve solo d'estate.
o Ciao {first}, puoi anche metterlo in pausa fino ad aprile, senza costi.
u Allora pausa, grazie!
o Fatto, ti avvisiamo una settimana prima.
`
