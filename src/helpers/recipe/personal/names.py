"""Given names, surnames and what else tells that words name a person.

The lists hold common names of a dozen languages, without accents and in lower case. They are evidence, never
proof: a name that is common nowhere is only found beside one that is, or after a title.
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

_LETTERS = str.maketrans(
    {"ł": "l", "ø": "o", "ß": "ss", "đ": "d", "æ": "ae", "œ": "oe", "ı": "i", "ð": "d", "þ": "th"}
)


def _listed(words: str) -> list[str]:
    return words.split()


GIVEN = frozenset(
    _listed("""
    aaron abby abdul abdullah abel abigail abraham ada adalbert adam adela adele adelina adolfo adrian
    adriana adriano adrien agata agathe agnes agnese agnieszka ahmad ahmed ahmet aida aidan aileen aimee
    aisha alain alan alana alba albert alberto albrecht aldo alejandra alejandro aleksander aleksandra alena
    alessandra alessandro alessia alessio alex alexander alexandra alexandre alexandria alexandros alexis
    alfonso alfred alfredo alice alicia alicja alina aline alison allan allen allison alma alois alonso
    alvaro alyssa amanda amber amedeo amelia amelie amina amir amy ana anastasia anatole andre andrea
    andreas andree andreu andrew andrzej andy angela angelica angelika angelina angelo angie anika anita
    anja anke ann anna annabel anne annelie annelies anneliese annemarie annett annette annie annika ansgar
    anthony antje antoine antoinette anton antonella antoni antonia antonin antonina antonino antonio
    antonius apolonia araceli ariana ariane arianna ariel arkadiusz arlene armand armando armin arnaud arne
    arnold arthur artur arturo arvid ashley astrid atanasio aude audrey august augusta auguste augustin
    augusto aurelia aurelie aurelien aurelio aurora axel ayse barbara bartek bartlomiej bartosz basilio
    bastian bastien beata beate beatrice beatrix beatriz becky belen belinda ben benedetta benedetto
    benedict benedikt benita benito benjamin benoit berenice bernadette bernard bernarda bernardo bernd
    bernhard berta bertha berthold bertrand beth bethany betina betty beverly bianca birgit birgitta
    birgitte bjorn blake blanca blanche blazej bob bobby bodo bogdan bogdana bogumil boguslaw boleslaw
    bonnie boris borja bozena brad bradley brandi brandon brandy brayan brenda brendan brent brett brian
    briana brianna bridget brigitta brigitte britta brittany bronislaw bronislawa bruce bruna bruno bryan
    bryce burkhard caitlin caleb callum calvin cameron camila camilla camille camilo candela candice carina
    carl carla carlo carlos carlota carly carmela carmelo carmen carol carole carolin carolina caroline
    carolyn carrie carsten casey cassandra caterina catharina catherine cathy cayetano cecile cecilia cedric
    celeste celia celina celine cesar cesare chad chantal charlene charles charlie charlotte chelsea cheryl
    chiara chris christa christel christian christiane christina christine christoph christophe christopher
    christy cindy claire clara clarissa claude claudia claudine claudio claudius claus clayton clemence
    clement clementine cleo clinton clotilde cody colette colin colleen concetta connie connor conrad
    constance constanze consuelo cora coralie coreen corey corina corinna corinne cornelia cornelis cory
    cosimo courtney craig cristian cristiano cristina cristobal crystal curtis cynthia cyril czeslaw dagmar
    daisy dale dalila damian damiano damien dan dana daniel daniela daniele danielle danilo danny danuta
    daphne daria dario dariusz darlene darrell darren dave david davide dawid dawn deanna debbie deborah
    debra delia delphine denis denise dennis derek derrick desiree detlef devin devon diana diane didier
    diego dieter dietmar dietrich dimitri dina dino dirk dolores domenico dominic dominik dominika dominique
    donald donata donatella donna dora doreen doris dorota dorothea dorothee dorothy douglas duncan dustin
    dylan eberhard eckhard eddie edda edeltraud edgar edith edmond edmund edoardo eduard eduardo edward
    edwin egon eileen ekkehard elaine elba eleanor elena eleonora eleonore elfriede elia elias elif elijah
    elin eliana elisa elisabeth elisabetta elise eliza elizabeth elke ella ellen elliot elodie eloisa eloise
    elsa else elvira elzbieta emanuel emanuela emanuele emil emilia emiliano emilie emilio emily emma
    emmanuel emmanuelle emmy enrico enrique eric erica erich erik erika erin ernest ernesto ernst erwin
    esperanza esteban estelle ester esther ethan etienne eufemia eugen eugene eugenia eugenio eugeniusz
    eustache eva evan evelin evelyn evelyne ewa ewald ezio fabian fabiana fabiano fabien fabienne fabio
    fabiola fabrice fabrizio fatima fatma faustino faye federica federico felicia felicitas felicity felipe
    felix ferdinand ferdinando fernand fernanda fernando filip filippa filippo fiona fiorella firmin flavia
    flavio fleur flora florence florent florentina florentino florian floriano florina frances francesca
    francesco francine francis francisca francisco franciszek franck franco francois francoise frank franz
    franziska fred freddie frederic frederik frederique fredrik frida friedhelm friedrich fritz gabriel
    gabriela gabriele gabriella gabrielle gael gaetan gaetano garry gary gaspare gaston gavin genevieve
    geoffrey georg george georges georgette georgia georgina gerald geraldine gerard gerardo gerd gerda
    gerhard gerlinde germaine gert gertrud gianfranco gianluca gianmarco gianna gianni gilbert gilberto
    gilles gina gino gioacchino giorgia giorgio giovanna giovanni gisela giselle giuliana giuliano giulia
    giulio giuseppe giuseppina glen glenda glenn gloria godfried gonzalo gordon grazia graziella graziano
    grazyna greg gregor gregoire gregorio gregory greta gretchen grzegorz guadalupe gudrun guido guilherme
    guillaume guillermo guiseppe gunnar gunter gunther gustav gustave gustavo guy gwendolyn hailey halina
    hana hank hanna hannah hannelore hanno hannes hans hansjorg harald harold harriet harry hartmut harvey
    hassan hazel heather hector hedwig heide heidi heike heiko heiner heinrich heinz helen helena helene
    helga helmut hendrik hendrika hennie henning henri henriette henrik henrique henry henryk herbert
    heriberto hermann herta hilda hildegard hilde holger holly horacio horst howard hubert hugh hugo hugues
    humberto hussein ian ibrahim ida ignacio ignacy igor ilaria ilka ilona ilse imelda immanuel ines inga
    ingeborg ingeburg inge ingo ingolf ingrid inmaculada ira irena irene ireneusz irina iris irma irmgard
    irmtraud isaac isabel isabella isabelle isaiah isidoro isla ismael ivan ivana ivo ivonne iwona izabela
    jack jackie jacek jackson jaclyn jacob jacqueline jacques jadwiga jaime jake jakob jakub jamal james
    jamie jan jana jane janet janice janina janine janis janusz jared jarek jaroslaw jasmin jasmine jason
    javier jay jayden jean jeanette jeanine jeanne jeannine jeff jeffery jeffrey jenna jennie jennifer jenny
    jens jeremiah jeremie jeremy jeroen jerome jerry jerzy jesper jesse jessica jessie jessika jesus jill
    jim jimena jimmy joachim joan joana joanna joanne joao joaquin jochem jochen jodi jody joe joel joelle
    joerg johan johann johanna johannes john johnathan johnny jolanda jolanta jolanthe jon jonas jonatan
    jonathan jordi jorg jorge joris jose josef josefa josefina josefine joseph josephine josette josh joshua
    josiane josue joy joyce jozef juan juana juanita judith judy julia julian juliana juliane julianna julie
    julien juliette julio julita julius june jurgen justin justine justyna jutta jurek kacper kaitlin kai
    kaja kamil kamila karen karim karin karina karl karla karlheinz karol karola karolina karoline karsten
    kasper katarina katarzyna kate katharina katherine kathleen kathrin kathryn kathy katie katja katrin kay
    kayla kazimierz keith kelly kelsey ken kendra kenneth kenny kerry kerstin kevin kieran kim kimberly
    kinga kira kirk kirsten kirstin klaas klara klaudia klaus klemens knut konrad konstantin kordula
    kornelia kristen kristi kristian kristin kristina kristine kristy krystian krystyna krzysztof kurt kyle
    kylie lambert lars latoya laura laure laurence laurent laurie lautaro lawrence lea leah leandro leanne
    lech leila lena leo leocadia leon leonard leonardo leone leonie leonor leopold leroy lesley leslie
    leszek leticia letizia lewis lia liam lidia lieselotte ligia lila lili liliana liliane lilian lillian
    lilly lily lina linda lindsay lindsey linus lionel lisa lisandro lise livia liza lloyd logan lois lola
    loretta lorena lorenzo lori lorraine lothar lotte louis louisa louise luc luca lucas lucia luciana
    luciano lucie lucien lucienne lucio lucille lucinda lucrezia lucy ludmila ludovica ludovico ludwig luigi
    luis luisa luise lukas lukasz luke lutz luz lydia lynn maarten macarena maciej maddalena madeleine
    madison mads magali magda magdalena maike maja malcolm malgorzata malik malina malte mandy manfred manon
    manuel manuela manuele marc marcel marcela marcelina marceline marcelle marcelo marcia marcin marco
    marcos marcus mareike marek margaret margarete margarita margaux margherita margit margot margret
    margrit marguerite mari maria mariam marian mariana marianna marianne mariano marie marieke mariella
    marietta marija marilyn marina mario marion maris marisa marisol marissa marita marius mariusz marjorie
    mark marko markus marlene marlies marlon marlowe marta martha martial martin martina martine marthe
    marvin mary maryse massimo mateo mateusz mathias mathieu mathilde mathis matias matilda matilde matt
    matteo matthew matthias matthieu maud maura maureen maurice mauricio maurizio mauro max maxime
    maximilian maximiliano maya mechthild megan mehmet melanie melina melinda melissa mercedes meredith
    merle mia micaela michael michaela michal michalina michel michele micheline michelle mieczyslaw miguel
    mikael mike mikolaj mila milan milena mildred milo mina mira miranda miriam mirko miroslaw miroslawa
    misty mitchell moira molly mona monica monika monique morgane moritz moses muhammad mohamed mohammad
    mohammed mustafa myriam nadia nadine nadja nancy nando naomi natalia natalie nataniel natasha nathalie
    nathan nathaniel nele nelly nestor nicholas nick nicky nicola nicolas nicole nicoletta nicolo niels
    nieves nikita niklas niko nikola nikolai nikolaus nikos nils nina noah noe noel noelia noemi nora
    norbert noreen norma norman nuno nuria octave octavia octavio odette odile ola olaf olga olimpia oliver
    olivia olivier olivio ollie omar oriana oriol orlando oscar oskar osvaldo oswald otto ottavio ottilie
    pablo pamela paola paolo pascal pascale pascual pasquale pat patrice patricia patricio patrick patrizia
    patrizio patrycja patryk patsy paul paula paulette paulina pauline paulo pawel peer pedro peggy penelope
    penny percy perla perrine peter petra petri philip philipp philippa philippe phillip phoebe phyllis pia
    pier piero pierre pierrette pierluigi pieter pietro pilar piotr pippa przemyslaw priscilla quentin
    rachel radoslaw rafael rafaela raffaele raffaella raffaello rafal raimund rainer ralf ralph ramiro ramon
    ramona randall randy raoul raphael raquel raul raymond raymonde rebecca rebekka regina reginald
    reginaldo regine regula reinaldo reiner reinhard reinhold remi remigiusz remo remy renata renate renato
    renaud rene renee reynaldo rhonda ricarda ricardo riccardo richard rick ricky rico rigoberto rikke rita
    robbie robert roberta roberto robin robyn rocio roderich rodney rodolfo rodrigo roger rogelio roland
    rolanda rolando rolf roman romana romeo romina romuald ronald ronaldo ronja ronnie rosa rosalia rosalie
    rosalind rosalinda rosalva rosana rosario rosella rosemarie rosemary rosina rosita roswitha roxane
    roxanne roy ruben rudolf rudy rufino ruggero rupert russell ruth ruy ryan ryszard sabina sabine sabrina
    sally salma salome salvador salvatore sam samantha samson samuel samuele samira sandra sandrine sandro
    sandy santiago sara sarah sascha saskia savannah scott sean sebastian sebastiano sebastien selina selma
    serafina serena serge sergio sergiusz severine severino seweryn shane shannon shari sharon shaun shawn
    sheila shelby shelley sherri sherry shirley sibylle siegfried siegmund sieglinde sierra sigmund sigrid
    silas silke silvana silvester silvia silvie silvio simon simona simone simonetta sina siri sixte
    slawomir sofia sofie solange sonia sonja sophia sophie soren stacey stacy stan stanislaw stanislawa
    stefan stefania stefanie stefano steffen steffi stella stephan stephane stephanie stephen steve steven
    stewart stuart sue summer sunniva susan susana susann susanna susanne suzanne suzette sven svenja
    svetlana sybille sydney sylvain sylvester sylvia sylviane sylvie sylwester sylwia szymon tabea tabitha
    tadeusz tamara tamika tammy tania tanja tanya tara tasha tatiana tatjana taylor ted teodor teodora
    teodoro teofil terence teresa terrance terri terry tessa thea thelma theo theodor theodora theodore
    theresa therese theresia thibaut thibault thierry thiago thijs thomas thorsten tiago tiffany till tilo
    tim timo timothee timothy tina tobias toby todd tom tomas tomasz tommaso tommy toni tonya torben torsten
    tracey traci tracy travis trevor tricia trinidad tristan troy trude tullio tyler tyrone udo ugo ulrich
    ulrike ulla umberto urs ursula urszula uta ute uwe vada valentin valentina valentine valentino valeria
    valerie valerio vanessa vera verena vernon veronica veronika veronique vicente vicki victor victoire
    victoria victorino vincent vincenzo viola violet violeta violetta virginia virginie virgilio vito
    vittoria vittorio vivian viviana vivien viktor viktoria vladimir volker volkmar wade walburga waldemar
    walter waltraud waltraut wanda wayne wendelin wendy werner wesley wieslaw wieslawa wiktor wiktoria
    wilfried wilhelm wilhelmina willem william willie willy wim winfried wilma witold wlodzimierz wojciech
    wolfgang wolfram wouter xaver xavier ximena yan yann yannick yasmin yasmine ynes yolanda yoann yolande
    yusuf yves yvette yvonne zachary zbigniew zdzislaw zeno zenon zofia zoe zuzanna zygmunt aarav aditya
    akira amit ananya anjali arjun chen chloe deepak fatou haruto hiroshi hui jing jun kenji lakshmi li ling
    mei ming min-jun naoko neha nikhil olu pooja priya rahul raj rajesh ravi rohan sakura sanjay sato
    seo-yeon sunita takashi vijay wei xin yuki yuto aleksandr aleksei alexei anastasiya andrei dmitri dmitry
    ekaterina galina ilya ivanka mikhail nadezhda natalya nikolay oksana oleg olena pavel sergei sergey
    tatyana vasily vladislav yelena yulia yuri agneta anders birger bengt britt eeva emelie eino eero
    gunilla gun hakan ingegerd ingvar jukka juha kaarina kari kjell lennart linnea liisa magnus maj
    margareta marja matti mikko olof ole pekka per pernille rasmus signe siv stig sverre tapio torbjorn tore
    tuula ulf afonso caio catarina davi diogo duarte eduarda emanuelly enzo heitor joaquim kaique laryssa
    luana luiza mafalda margarida maysa micael murilo nathalia otavio rui thales valter vasco vitoria yago
    bram daan femke guus jasper joost lieke luuk maaike marijke merel noor pim roos sander sanne sem siem
    sjoerd stijn teun tijn yara kajetan liwia maks maurycy melania nela nikodem rozalia tola tymon tymoteusz
    zosia gustaw jeremi konstanty bernardita calixto ceferino chus cipriano clementina concepcion cruz
    dorotea dulce edelmira eladio eligio elpidio encarnacion estefania eusebio evangelina fermin fidel flor
    gema haydee hernan herminia inigo itziar jacinta jafet javi jenaro jordana josep lorenza lupe maite
    manolo maximino melchor merche modesta montserrat morena nacio nazaret nydia obdulia olegario onofre
    paca paloma pastora paz piedad pio plinio pompeyo primitiva prudencia purificacion remedios reyes
    rosendo ruperta sabas salud samu saturnina seve sigfrido sosimo telmo tere tonos trini vidal vilma
    visitacion wilfredo yaiza yessica zacarias zoraida
    """)
)

SURNAMES = frozenset(
    _listed("""
    adams aguilar albert allen alonso alvarez amato anderson andersson andre antoine arnaud aubert bailey
    baker bakker barbier barnes barone bauer baumann becker bell bellini benitez bennett benoit berg berger
    bernard bertin bertrand bianchi bianco blanc blanco bogdan bonnet boucher bouvier brooks brown brun
    bruno brunet bruyn butler caputo carlson carpentier carter caruso castillo castro chevalier christiansen
    clark clement cohen colin collins colombo conte conti cook cooper coppola costa costantini cox cruz dam
    davis deluca dekker delgado denis deschamps diaz dijkstra dominguez dubois duarte dufour dumas dumont
    dupont durand dupuis edwards ellis esposito evans fabre faure fernandez ferrara ferrari ferreira fiore
    fischer fisher flores fontaine fontana foster fournier francois frank franke friedrich fuchs gallo
    garcia garnier gauthier gautier gentile gerard gil gimenez girard giordano giraud gomes gomez goncalves
    gonzalez gray green greco griffin gross grosso guerin guerra guerrero guidi guillaume guillot gunther
    gutierrez haas hall hansen hansson harris harrison hartmann hayes heinrich henderson henry herbert
    hernandez herrera herrmann hill hoffmann hofmann horn howard huber hubert huet hughes hunt ibanez
    iglesias jackson jacob jacquet jacobs jager jansen janssen jansson jenkins jensen jimenez johansen
    johansson johnson jones jong jung kaiser karlsson kaya keller kelly kim king klein koch kohler konig
    koster kowalczyk kowalski kozlowska kraus krause kruger kuhn kumar lambert lang lange larsen larsson
    laurent leblanc leclerc lee lefebvre lefevre legrand lehmann lemaire leone leroux leroy lewandowska
    lewis lombardi long longo lopes lopez lorenz lozano ludwig maier mancini mallet marchand marchetti marie
    mariani marin marino martin martinelli martinez martini martins masson mathieu maurice may mayer mazur
    medina meier meijer mendez mendoza menard mercier meunier meyer michaud michel miller mitchell molina
    monnier montanari moore morales moran moreau moreno morel moretti morgan morin morris moulin muller
    munoz murphy murray myers navarro neumann nguyen nielsen nilsson nowak nunez olivier olsen olsson ortega
    ortiz otto parisi park parker patel pellegrini pelletier pereira perez perret perrier perrin persson
    peter peters petersen peterson petit philippe phillips picard pichon pietri poirier powell price prieto
    ramirez ramos reed renard renaud reyes ribeiro ricci richard richardson richter riva rivera rizzi rizzo
    robert roberts robinson roche rodrigues rodriguez roger rogers rojas romano romero ross rossi roussel
    rousseau roux roy rubio ruiz russell russo ryan sala sanchez sanders santiago santoro santos sanz sauer
    schafer schmid schmidt schmitt schmitz schneider scholz schreiber schroder schubert schulte schulz
    schulze schumacher schuster schwarz scott serra serrano silva silvestri simon singer simmons singh smit
    smith soto sousa souza stein stewart suarez sullivan svensson taylor testa thomas thompson torres tran
    turner uhl valentini vargas vasquez vazquez vega vidal vila villa vincent visser vitale vogel vogt vos
    wagner walker walter ward watson weber weiss werner white wilson winkler winter wojcik wolf wolff wood
    wright young ziegler zimmermann achterberg adriaansen albers alves andrade araujo azevedo barbosa barros
    batista beckmann behrens bender bergmann bernhardt bohm boer bosch bosman brand brandt braun brouwer
    busch cardoso carvalho cavalcante correia cunha dias dietrich dijk ebert eder engel ernst fernandes
    fiedler forster freitas friess fritz geiger geisler graf groot haase hahn hendriks hermans heuvel hubner
    jahn kellner kirchner kok kramer kuiper lemos lima lindner lutz maas machado marques martens marx melo
    mendes moraes moreira mulder nascimento neves nogueira oliveira peeters pfeiffer pinto pires pohl post
    prins reinhardt rezende rocha roth sauter schipper schouten seidel simoes sommer stark steiner teixeira
    thiel timmermans ulrich veen ven vieira vliet voigt vries wal walther wendt willems zanetti alcala
    almeida amador andreu anglada aramburu arana aranda arias armengol arroyo avila azcona badia baena
    ballester banos barba barbera barrera bautista becerra bello beltran benavides bermudez blasco bravo
    bueno bustos caballero cabrera cadenas calderon calvo camacho campos canales canovas carballo carbonell
    cardona carmona carrasco carrion casado casals castells cerda cervantes cid coello collado coloma conde
    contreras corbacho cordoba correa cortes crespo cuenca duran escobar escudero espinosa esteban esteve
    estrada falcon ferrer figueroa frias fuentes fuster gallardo galan gallego galvez gamez garrido gascon
    gibert giron godoy gracia granados guardiola haro heredia herranz hidalgo hurtado izaguirre jara jordan
    jover juarez jurado lago lara leal leon lerma llano llorente lledo luque luna macias madrid maldonado
    manrique manso manzano marco marcos marquez marti mas mateo mena menendez merino miguel millan mora
    morata morillo mosquera moya murcia naranjo nieto nogues ochoa ojeda olive oliver olmo osuna otero
    pacheco padilla palacios palmer palomino parejo paredes parra pascual pastor pavon pedrosa pelaez pena
    peral pineda pinilla pla planas plaza polo ponce porras portillo posada prado priego puente puig pujol
    quero quesada quintana quintero ramon rebollo recio redondo revilla ribas rico rincon rios roca roda
    roldan roman ros rosa rosado rosell rosello rueda ruano saavedra saez salas salazar salcedo saldana
    salgado salinas salvador samper sandoval sarabia saura seco segovia segura sevilla sierra sola solano
    soler solis somoza soriano sosa tamayo tapia taboada toledo tomas tome toro torre trujillo uribe urrutia
    valderrama valdes valencia valero vallejo valle valles valverde vaquero velasco velazquez vera verdejo
    verdugo vicens vicente villalba villanueva villaverde villegas vives yanez zamora zapata zaragoza
    zorrilla adler albrecht arndt arnold bach bahr balzer barth bartels barthel bartsch baum behrendt benz
    beyer binder blum bock bode bohme brandl brenner brinkmann bruckner brunner buchholz burger burkhardt
    buttner conrad decker diehl dietz ditz dorn dreyer drews eberle eckert ehlers eichhorn eisele esser
    feldmann fink fleischer freund frey fritsch fritsche frohlich funke gabriel gebhardt gerlach giese gobel
    gotz grote gruber grunwald haag hansel harder hartwig hauser heck heine heinemann heinz heinze held
    heller hennig hermann herold herzog hess hesse heuer hinz hirsch hohn holz hoppe hummel jacobi jahnke
    janke john jost junge jungmann kahl kaminski karl kaufmann keil kern kessler kirsch klemm klose knoll
    kolb konrad korner kraft kremer kretschmer krebs kroll krug kuhne kunz kunze lau lauer lechner lenz
    liebig linde linke lohmann lowe mack marquardt maurer mayr meister menzel mertens merz metz metzger
    meissner michaelis mohr moller moritz muhlbauer nagel naumann neubauer neubert niemann nickel noack
    nolte oswald ott otte pape paul petri pfeifer philipp pohlmann preuss probst raab rapp rausch reich
    reichert reimann reimer reinhold reiter renner reuter riedel rieger ritter rohde rose rosenberg rost
    rothe rudolph rupp ruppert sachs sander schade schaller scharf scheffler schenk scherer schiller
    schilling schindler schlegel schlosser schluter schramm schreiner schroter schuler schutz schweizer
    seifert seiler siebert sievers sonntag spath spangenberg springer stahl steffen stoll stolz straub
    strobel sturm thiele tiedemann trautmann ullrich unger urban veit voss wachter wahl walz weidner weigel
    weigl weimer wendel wenzel westphal wieland wiese wilhelm wilke will wirth witt witte wittmann wulf
    wunderlich zander zeller zimmer barker barrett barton bates beck bishop black boyd bradley brady bryant
    burke burns burton byrd campbell carr carroll chambers chapman chavez cole coleman collier cooke craig
    crawford cross cunningham curtis dawson day dean dixon doyle duncan dunn elliott ferguson fields fleming
    ford fowler fox frazier freeman fuller gardner garrett george gibson gilbert goodman gordon graham grant
    hale hamilton hanson hardy harper hart harvey hawkins hicks higgins hodges holland holmes holt hopkins
    howell hudson hunter hussain ingram james jennings joyce kaur kennedy khan knight lawrence lawson little
    lloyd lucas lynch lyons mann marsh marshall mason matthews mccarthy mcdonald mills morrison morton nash
    newman newton nicholson norris norton oconnor ohara osborne owen page payne pearce pearson perkins perry
    porter potter pratt quinn ray reid reynolds rhodes rice riley robertson rowe saunders shaw shepherd
    simpson slater snyder spencer stevens stokes stone summers swan tate todd tucker tyler vaughan wade
    wallace walsh walters warren watkins watts webb webster welch wells wheeler whitehead wilkinson williams
    williamson willis woods yates ali begum begley ahmed akhtar allard alexandre arnoux auger aubry bailly
    barre baron barthelemy besnard besson blin blot bodin bouchet boulanger bourgeois boutin brunel buisson
    camus carlier caron carre charles charpentier chauvin cordier costes coulon courtois cousin couturier
    daniel david delahaye delannoy delattre delaunay delmas devaux didier diallo dupuy etienne ferrand
    fleury foucher gaillard gay germain gilles gosselin grondin gros guichard guillet guyot hamel hebert
    hoarau humbert imbert jacques joly jourdan julien lacombe lacroix laine langlois laporte lebon lebreton
    lebrun leconte ledoux leduc lefort leger legros lejeune lelievre lemoine lenoir leveque levy loiseau
    louis maillard maillot marchal marechal martel marty marion maury millet morvan neveu nicolas noel
    normand paris pascal pasquier payet peltier perrot petitjean poulain prevost raymond raynaud regnier
    remy renault rey riviere robin rocher rolland rousset royer salmon samson sauvage seguin tanguy techer
    tessier texier thibault thierry toussaint traore valentin vallee vallet vasseur verdier voisin barbieri
    basile battaglia benedetti bernardi bruni carbone cattaneo cirillo damico deangelis farina fabbri
    ferraro ferri galli gatti giuliani grassi lombardo marini mazza messina monti morelli moro neri orlando
    pagano palmieri palumbo pellegrino piras pugliese rinaldi rossetti ruggiero salvi sanna santini
    sorrentino valente vitali
    """)
)

# Endings of surnames that few other words have: Slavic, Germanic, Nordic, Iberian, Italian, Celtic.
SURNAME_ENDINGS = re.compile(
    r"\w+(?:ski|ska|cki|cka|dzki|dzka|wicz|czyk|czak|owski|owska|ovic|ovich|ova|enko|mann|sson|ssen|ström|"
    r"berger|bauer|meier|meyer|ández|ínez|ález|érez|írez|óñez|íguez|elli|etti|ucci|ini|nacci|azzi|otti|aldi|ardi|ieri|"
    r"opoulos|akis|escu|yan|shvili)|(?:mc|mac|o['’])\w{3,}"
)
CYRILLIC = re.compile(r"[а-яё]+(?:ов|ова|ев|ева|ёв|ёва|ин|ина|ский|ская|енко|ович|евич|овна|евна)")
PARTICLES = frozenset(
    _listed(
        "de del della delle di da dal dos das do du des la las le los van von der den ter ten zu y e i el al bin ibn"
    )
)
TITLES = frozenset(
    _listed("""
    mr mrs ms miss mx dr prof sir madam herr frau hr fr fräulein ing dipl m mme mlle monsieur madame
    mademoiselle sr sra srta don doña dona señor señora sig sgr signor signora signorina dott dott.ssa pan
    pani mevr dhr meneer mevrouw herrn gospodin univ.prof b.a b.sc b.eng m.a m.sc mag
    """)
)
# Given names that are common words or places too: alone they say nothing.
AMBIGUOUS = frozenset(
    _listed("""
    april august augusta may june summer autumn will mark bill rob drew sue pat penny ray art grant chase
    faith hope grace joy rose daisy lily violet olive ivy amber ruby crystal pearl jade dawn eve eva page
    iris max min jack florence paris sydney austin dallas houston jackson madison lincoln victoria charlotte
    virginia georgia carolina dakota savannah chelsea brooklyn jordan israel india china carol frank guy
    rich chip norm dean earl duke king rusty sandy misty stormy sunny merry gene jean roman christian german
    italia alma alba mercedes dolores pilar rosario consuelo luz mar sol jose santiago cordoba leon lea
    linda bella bruna dulce paz nieves reyes cruz flor salud pia sierra per pan till kai long li ming hui
    chen jun ling sam alex angel angela star bob jesus aurora brand robin marina regina concordia melissa
    viola perla gloria vera fidel fermin dan ben tim ken ally stan don noel jan abr juni juli emil tom peer
    sem noor roos merel fleur
    """)
)
# First words of the names of places, not of persons.
PLACE_WORDS = frozenset(
    _listed("""
    north south east west new old lake port saint san santa santo sankt st st. ste sainte fort mount mt bad
    gross los las les upper lower great grand little big el la le isle cape point monte villa borgo castel
    quarto sesto settimo puerto nueva nuevo nowy nowa stary stara wielki united
    """)
)


@lru_cache(maxsize=100_000)
def plain(word: str) -> str:
    """Return a word in lower case without accents.

    >>> plain("Łukasz"), plain("José"), plain("Strauß")
    ('lukasz', 'jose', 'strauss')
    """
    lower = unicodedata.normalize("NFKD", word.lower().translate(_LETTERS))
    return "".join(c for c in lower if not unicodedata.combining(c)).translate(_LETTERS)


def is_given(word: str) -> bool:
    """Whether a word, or each part of a hyphenated one, is a common given name.

    >>> is_given("Anne-Marie"), is_given("Table")
    (True, False)
    """
    return all(part in GIVEN for part in plain(word).strip(".'’").split("-"))


def is_surname(word: str) -> bool:
    """Whether a word is a common surname, or ends as surnames do.

    >>> is_surname("Lewandowski"), is_surname("García"), is_surname("chair")
    (True, True, False)
    """
    if any(part in SURNAMES for part in plain(word).split("-")):
        return True
    lower = word.lower()
    return bool(SURNAME_ENDINGS.fullmatch(lower) or CYRILLIC.fullmatch(lower)) and len(word) > 4
