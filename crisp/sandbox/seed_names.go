package sandbox

import (
	"strconv"
	"strings"
	"sync"
)

// culture is a country's share of the customers. Every culture has the same number of names, so that a person's number
// selects a name, and a name leads back to the number.
type culture struct {
	country, language string
	locales           []string
	phone             string
	timezone          int // minutes that UTC is ahead, as JavaScript's getTimezoneOffset counts
	mail              string
	cities            []city
	women, men, last  []name
}

type city struct {
	name, region        string
	latitude, longitude float64
}

// name is a name as it is written and in the ASCII form that addresses use.
type name struct{ text, ascii string }

// The columns: country, language, locales, telephone prefix, time zone, mail domain. Then the cities, six names of women,
// six of men and ten family names; "written:ascii" where removing accents is not enough. Mail domains end in .example, which no one can own.
const cultureLines = `
US en en-US,es-US +1 300 postbox.example
Portland/OR/45.52/-122.68 Austin/TX/30.27/-97.74 Brooklyn/NY/40.65/-73.95 Denver/CO/39.74/-104.99
Emily Hannah Grace Olivia Naomi Claire|Tyler Marcus Owen Jordan Wesley Dylan|Carter Brooks Hayes Sullivan Ramirez Bennett Foster Whitaker Nguyen Coleman
GB en en-GB +44 0 letterbox.example
London/ENG/51.51/-0.13 Leeds/ENG/53.80/-1.55 Edinburgh/SCT/55.95/-3.19 Cardiff/WLS/51.48/-3.18
Imogen Freya Poppy Charlotte Isla Harriet|Callum Rhys Alfie Oliver Hamish Jasper|Thornton Ashworth MacLeod Pritchard Holloway Sinclair Barlow Redfern Okafor Winslow
FR fr fr-FR,en-US +33 -60 courriel.example
Nantes/PDL/47.22/-1.55 Lyon/ARA/45.76/4.84 Bordeaux/NAQ/44.84/-0.58 Lille/HDF/50.63/3.06
Camille Manon Chloé Inès Margaux Solène|Hugo Antoine Baptiste Mathis Rémi Yanis|Lefèvre Moreau Girard Fontaine Chevalier Rousseau Benali Marchand Dupuis Perrin
DE de de-DE,en-GB +49 -60 postfach.example
Hamburg/HH/53.55/9.99 Leipzig/SN/51.34/12.37 Köln/NW/50.94/6.96 Freiburg/BW/47.99/7.85
Johanna Lena Katharina Frieda Mareike Svenja|Jonas Matthias Lukas Henrik Florian Emre|Schäfer:schaefer Vogel Brandt Krüger:krueger Lindner Yıldız:yildiz Hoffmann Seidel Böhm:boehm Winter
ES es es-ES,ca-ES +34 -60 correo.example
Valencia/VC/39.47/-0.38 Sevilla/AN/37.39/-5.99 Bilbao/PV/43.26/-2.93 Zaragoza/AR/41.65/-0.89
Lucía Marta Carmen Nerea Alba Paula|Álvaro Javier Íker Sergio Pablo Rubén|Navarro Ortega Castillo Iglesias Molina Serrano Vidal Echeverría Delgado Prieto
BR pt pt-BR,en-US +55 180 caixa.example
Curitiba/PR/-25.43/-49.27 Recife/PE/-8.05/-34.88 Florianópolis/SC/-27.60/-48.55 Campinas/SP/-22.91/-47.06
Beatriz Larissa Fernanda Juliana Isadora Camila|Thiago Rafael Gustavo Caio Leonardo Vinícius|Almeida Barbosa Cardoso Ferreira Monteiro Nascimento Teixeira Rezende Moura Siqueira
IT it it-IT,en-GB +39 -60 posta.example
Bologna/ER/44.49/11.34 Torino/PIE/45.07/7.69 Palermo/SIC/38.12/13.36 Trieste/FVG/45.65/13.77
Giulia Chiara Martina Elisa Serena Ilaria|Lorenzo Matteo Davide Federico Nicolò Tommaso|Rinaldi Conti Galli Ferrara Marchetti Bellini Caruso Fabbri Moretti Pellegrini
NL nl nl-NL,en-GB +31 -60 brievenbus.example
Utrecht/UT/52.09/5.12 Groningen/GR/53.22/6.57 Eindhoven/NB/51.44/5.47 Haarlem/NH/52.38/4.64
Sanne Femke Lotte Anouk Maaike Roos|Daan Bram Jeroen Thijs Sven Ruben|Visser Hoekstra Bakker Dijkstra Kuipers Vermeulen Mulder Postma Willems Schouten
PL pl pl-PL,en-GB +48 -60 poczta.example
Kraków/MA/50.06/19.94 Gdańsk/PM/54.35/18.65 Wrocław/DS/51.11/17.04 Poznań/WP/52.41/16.93
Zofia Agnieszka Katarzyna Magdalena Hanna Ewa|Tomasz Jakub Piotr Wojciech Marek Łukasz|Nowak Wójcik Kamiński Zieliński Mazur Dąbrowski Wilk Pawlak Sikora Górski
JP ja ja-JP,en-US +81 -540 yubin.example
京都/京都府/35.01/135.77 福岡/福岡県/33.59/130.40 札幌/北海道/43.06/141.35 横浜/神奈川県/35.44/139.64
美咲:misaki 結衣:yui 陽菜:hina さくら:sakura 千尋:chihiro 真由美:mayumi|健太:kenta 大輔:daisuke 翔:sho 拓也:takuya 直樹:naoki 悠人:yuto|佐藤:sato 高橋:takahashi 渡辺:watanabe 山本:yamamoto 小林:kobayashi 吉田:yoshida 松本:matsumoto 井上:inoue 清水:shimizu 森:mori
AE ar ar-AE,en-US +971 -240 bareed.example
دبي/دبي/25.20/55.27 أبوظبي/أبوظبي/24.45/54.38 الشارقة/الشارقة/25.35/55.42 العين/أبوظبي/24.21/55.74
ليلى:layla نور:nour مريم:maryam سارة:sara هدى:huda ياسمين:yasmin|خالد:khalid عمر:omar يوسف:yousef طارق:tariq سامي:sami حسن:hassan|المنصوري:almansoori حداد:haddad الخطيب:alkhatib نصار:nassar العامري:alameri درويش:darwish فارس:fares شاهين:shaheen الزعابي:alzaabi قاسم:qasim
IN en en-IN,hi-IN +91 -330 dakghar.example
Bengaluru/KA/12.97/77.59 Pune/MH/18.52/73.86 Kochi/KL/9.93/76.27 Jaipur/RJ/26.91/75.79
Ananya Priya Kavya Meera Divya Shreya|Arjun Rohan Vikram Aditya Karthik Nikhil|Sharma Iyer Patel Menon Kulkarni Banerjee Reddy Chatterjee Joshi Pillai
SE en sv-SE,en-GB +46 -60 brevlada.example
Göteborg/O/57.71/11.97 Uppsala/C/59.86/17.64 Malmö/M/55.61/13.00 Umeå/AC/63.83/20.26
Astrid Linnea Elsa Saga Tuva Ingrid|Erik Nils Viktor Axel Gustaf Oskar|Lindqvist Bergström Holm Nyberg Söderberg Ekström Forsberg Dahl Wallin Sandström
NG en en-NG +234 -60 ilepost.example
Lagos/LA/6.52/3.38 Abuja/FC/9.08/7.40 Ibadan/OY/7.38/3.95 Enugu/EN/6.46/7.55
Adaeze Ngozi Chiamaka Folake Amina Ifeoma|Chinedu Emeka Tunde Babajide Ibrahim Segun|Adeyemi Okonkwo Balogun Eze Olawale Nwosu Abubakar Onyeka Akande Obi
MX es es-MX,en-US +52 360 buzon.example
Guadalajara/JAL/20.67/-103.35 Puebla/PUE/19.04/-98.21 Mérida/YUC/20.97/-89.62 Querétaro/QUE/20.59/-100.39
Ximena Valeria Regina Daniela Fátima Renata|Emiliano Diego Santiago Rodrigo Andrés Mauricio|Hernández Villarreal Cervantes Guerrero Salazar Montoya Rivas Zamora Escobedo Luna
CA fr fr-CA,en-CA +1 300 poste.example
Montréal/QC/45.50/-73.57 Québec/QC/46.81/-71.21 Gatineau/QC/45.48/-75.70 Sherbrooke/QC/45.40/-71.89
Maude Élodie Gabrielle Noémie Rosalie Florence|Étienne Olivier Félix Guillaume Xavier Zachary|Tremblay Gagnon Bouchard Pelletier Lavoie Bélanger Fortier Ouellet Gauthier Cyr
KR en ko-KR,en-US +82 -540 upyeon.example
Busan/26/35.18/129.08 Daejeon/30/36.35/127.38 Jeju/49/33.50/126.53 Suwon/41/37.26/127.03
Ji-woo Seo-yeon Min-ji Ha-eun Yuna Soo-ah|Jun-ho Min-jae Hyun-woo Tae-yang Dong-hyun Si-woo|Kim Park Choi Jung Kang Yoon Lim Han Shin Kwon
UA en uk-UA,en-US +380 -120 skrynka.example
Lviv/46/49.84/24.03 Odesa/51/46.48/30.72 Kharkiv/63/49.99/36.23 Dnipro/12/48.46/35.05
Oksana Daryna Kateryna Solomiia Iryna Yuliia|Andriy Taras Bohdan Mykola Danylo Oleh|Shevchuk Kovalenko Bondarenko Melnyk Tkachenko Lysenko Moroz Marchenko Rudenko Savchuk
`

const (
	firstNames = 6 // of each gender
	lastNames  = 10
	namesEach  = 2 * firstNames * lastNames
)

// cultures parses the table when the first person is made.
var cultures = sync.OnceValue(func() []culture {
	lines := strings.Split(strings.TrimSpace(cultureLines), "\n")
	list := make([]culture, 0, len(lines)/3)
	ascii := plain()
	for i := 0; i+2 < len(lines); i += 3 {
		head := strings.Fields(lines[i])
		c := culture{country: head[0], language: head[1], locales: strings.Split(head[2], ","), phone: head[3], mail: head[5]}
		c.timezone = mustInt(head[4])
		for _, entry := range strings.Fields(lines[i+1]) {
			part := strings.Split(entry, "/")
			c.cities = append(c.cities, city{part[0], part[1], mustFloat(part[2]), mustFloat(part[3])})
		}
		columns := strings.Split(lines[i+2], "|")
		c.women, c.men, c.last = parseNames(columns[0], ascii), parseNames(columns[1], ascii), parseNames(columns[2], ascii)
		list = append(list, c)
	}
	return list
})

func parseNames(column string, plain *strings.Replacer) []name {
	var list []name
	for _, entry := range strings.Fields(column) {
		text, ascii, written := strings.Cut(entry, ":")
		if !written {
			ascii = plain.Replace(strings.ToLower(text))
		}
		list = append(list, name{text, ascii})
	}
	return list
}

// plain writes the Latin letters of the table without their accents.
func plain() *strings.Replacer {
	return strings.NewReplacer(
		"á", "a", "à", "a", "ã", "a", "ä", "a", "å", "a", "ą", "a", "č", "c", "ć", "c", "ç", "c", "é", "e", "è", "e", "ê", "e", "ę", "e",
		"í", "i", "ï", "i", "ł", "l", "ń", "n", "ñ", "n", "ó", "o", "ò", "o", "ô", "o", "ö", "o", "ś", "s", "ú", "u", "ü", "u", "ź", "z", "ż", "z",
		"-", "", "'", "")
}

func mustInt(text string) int {
	n, err := strconv.Atoi(text)
	if err != nil {
		panic(err)
	}
	return n
}

func mustFloat(text string) float64 {
	f, err := strconv.ParseFloat(text, 64)
	if err != nil {
		panic(err)
	}
	return f
}
